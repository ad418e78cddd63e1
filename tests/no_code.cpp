// Has no code: it belongs to the target whose precompiled headers all tests share.
