"""The data sets of docs/results.md: where they are, and how raw files become what the program reads.

Files that the program reads as they are stay where they are; others become .npy under the results
directory, inputs first and targets last. Needs numpy for the latter only.
"""

import csv
import gzip
import io
import lzma
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass
class DataSet:
    """One data set as `compare` takes it."""

    name: str
    title: str
    rows: int
    targets: int = 1
    splits: int = 10
    classification: bool = False
    raw: str = ""  # path below the data directory that the program reads itself
    prepare: object = None  # else: function(data directory, name of the file to write, "training" or "test")
    test_rows: bool = False  # the set has test rows of its own

    def path(self, data: Path, results: Path, part: str = "training") -> Path:
        """The file that the program reads, made where it must be."""
        if self.raw:
            return data / self.raw
        path = results / "data" / f"{self.name}-{part}.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial.npy")
            self.prepare(data, partial, part)
            partial.rename(path)
        return path

    def target_option(self) -> str:
        return ",".join(str(-k) for k in range(self.targets, 0, -1))


def _one_hot(labels):
    import numpy

    classes = numpy.unique(labels)
    return labels[:, None] == classes[None, :]


def _save(path, inputs, targets, scalar="f4"):
    import numpy

    targets = numpy.asarray(targets)
    if targets.ndim == 1:
        targets = targets[:, None]
    numpy.save(path, numpy.ascontiguousarray(numpy.hstack([inputs, targets]).astype(scalar)))


def _idx(path):
    """An array in the format of the MNIST files: its dimensions, then its bytes."""
    import numpy

    content = gzip.open(path).read()
    dimensions = content[3]
    shape = [int.from_bytes(content[4 + 4 * k : 8 + 4 * k], "big") for k in range(dimensions)]
    return numpy.frombuffer(content, "u1", offset=4 + 4 * dimensions).reshape(shape)


def _mnist(data, path, part):
    prefix = "train" if part == "training" else "t10k"
    images = _idx(data / f"mnist/{prefix}-images-idx3-ubyte.gz")
    labels = _idx(data / f"mnist/{prefix}-labels-idx1-ubyte.gz")
    _save(path, images.reshape(len(images), -1), _one_hot(labels), "u1")


def _skin(data, path, part):
    import numpy

    rows = numpy.loadtxt(data / "skin/Skin_NonSkin.txt.gz", dtype=int)
    _save(path, rows[:, :3], _one_hot(rows[:, 3]))


def _letter(data, path, part):
    import numpy

    with gzip.open(data / "mlbench/LetterRecognition.csv.gz", "rt") as file:
        rows = list(csv.reader(file))
    label = next(c for c, cell in enumerate(rows[1]) if cell.isalpha() and len(cell) == 1)
    kept = range(label + 1, len(rows[1]))
    inputs = numpy.array([[float(row[c]) for c in kept] for row in rows[1:]])
    _save(path, inputs, _one_hot(numpy.array([row[label] for row in rows[1:]])))


def _sgemm(data, path, part):
    import numpy

    archive = zipfile.ZipFile(data / "sgemm/sgemm_product_dataset.zip")
    content = archive.read("sgemm_product_dataset/sgemm_product.csv")
    rows = numpy.loadtxt(io.BytesIO(content), delimiter=",", skiprows=1)
    inputs = rows[:, :14].copy()
    inputs[:, :10] = numpy.log2(inputs[:, :10])
    _save(path, inputs, numpy.log(rows[:, 14:].mean(axis=1)))


def _ujiindoorloc(data, path, part):
    import numpy

    with gzip.open(data / "ujiindoorloc/trainingData.csv.gz") as file:
        rows = numpy.genfromtxt(file, delimiter=",", skip_header=1)
    inputs = rows[:, :520].copy()
    inputs[inputs == 100] = -105  # "not heard" is weaker than the weakest signal
    _save(path, inputs + 105, rows[:, 520:522], "f8")  # latitudes have seven digits


WINDS = "N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW".split()


def _beijing_row(row, stations):
    """The 28 inputs and the target, or nothing where a value is missing."""
    from datetime import date
    from math import cos, pi, sin

    names = ("SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM")
    cells = [row[name] for name in names] + [row["PM2.5"]]
    if "NA" in cells or row["wd"] not in WINDS:
        return None
    year = int(row["year"])
    day = date(year, int(row["month"]), int(row["day"])).timetuple().tm_yday
    values = [float(cell) for cell in cells[:-1]]
    for value, period in ((WINDS.index(row["wd"]), 16), (int(row["hour"]), 24), (day, 365.25)):
        values += [sin(2 * pi * value / period), cos(2 * pi * value / period)]
    values.append(year - 2013)
    return values + [float(row["station"] == s) for s in stations] + [float(row["PM2.5"])]


def _beijing_air(data, path, part):
    import numpy

    files = sorted((data / "beijing_air").glob("*.csv.gz"))
    stations = [file.name.split("_")[2] for file in files]
    rows = []
    for file in files:
        with gzip.open(file, "rt") as text:
            rows += [_beijing_row(row, stations) for row in csv.DictReader(text)]
    complete = numpy.array([row for row in rows if row is not None])
    _save(path, complete[:, :-1], complete[:, -1])


def _etopo5(data, path, part):
    """The earth's elevation in metres at points of the unit sphere, in random order, so that the
    first rows are a sample of all."""
    import numpy

    content = lzma.open(data / "geo/etopo5_elev_i16.npy.xz").read()
    elevation = numpy.load(io.BytesIO(content))
    latitudes = numpy.deg2rad(numpy.linspace(-90, 90, elevation.shape[0]))[:, None]
    longitudes = numpy.deg2rad(numpy.arange(elevation.shape[1]) / 12)[None, :]
    heights = numpy.sin(latitudes) + 0 * longitudes
    points = [
        numpy.cos(latitudes) * numpy.cos(longitudes),
        numpy.cos(latitudes) * numpy.sin(longitudes),
        heights,
    ]
    inputs = numpy.stack(points, axis=-1).reshape(-1, 3)
    order = numpy.random.default_rng(1).permutation(len(inputs))
    _save(path, inputs[order], elevation.reshape(-1)[order])


def _packaged(name, title, rows, **more):
    return DataSet(name, title, rows, raw=f"uci_regression/{name}/data.csv.gz", **more)


ETOPO5 = DataSet("etopo5", "ETOPO5, elevation", 9335520, prepare=_etopo5)

DATA_SETS = [
    _packaged("protein", "Protein structures (UCI CASP)", 45730),
    _packaged("kin40k", "kin40k", 40000),
    _packaged("elevators", "elevators", 16599),
    _packaged("pol", "pol", 15000),
    _packaged("pumadyn32nm", "pumadyn32nm", 8192),
    _packaged("parkinsons", "Parkinsons telemonitoring", 5875),
    DataSet("beijing_air", "Beijing air, PM2.5", 382350, splits=3, prepare=_beijing_air),
    DataSet("sgemm", "SGEMM, logarithm of milliseconds", 241600, splits=3, prepare=_sgemm),
    DataSet(
        "ujiindoorloc",
        "UJIIndoorLoc, longitude and latitude (training file)",
        19937,
        targets=2,
        prepare=_ujiindoorloc,
    ),
    DataSet(
        "mnist",
        "MNIST as 784 columns, its own test rows",
        60000,
        targets=10,
        splits=3,
        classification=True,
        prepare=_mnist,
        test_rows=True,
    ),
    DataSet("skin", "Skin", 245057, targets=2, splits=3, classification=True, prepare=_skin),
    DataSet("letter", "Letter", 20000, targets=26, classification=True, prepare=_letter),
]
