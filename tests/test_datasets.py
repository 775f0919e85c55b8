import csv
import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import replication
from replication import datasets, laws
from replication.datasets import descriptor
from replication.errors import DataError, IntegrityError, UnknownNameError

POINTS = "hoffmann2022/figure4_points.csv"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def entry(data: Path, name: str) -> tuple[dict, dict]:
    key, table = name.split(".")
    package = json.loads((data / key / datasets.DESCRIPTOR).read_text())
    return package, next(r for r in package["resources"] if r["name"] == table)


def write(data: Path, package: dict) -> None:
    (data / package["name"] / datasets.DESCRIPTOR).write_text(json.dumps(package))


def test_load_returns_the_cells_of_the_file_as_floats():
    path = descriptor.root() / POINTS
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    frame = datasets.load("hoffmann2022", "figure4_points")
    assert set(frame.dtypes.astype(str)) == {"float64"}
    for column in frame:
        expected = [float(row[column] or "nan") for row in rows]
        np.testing.assert_array_equal(frame[column], expected)


def test_counts_multiply_without_overflow():
    runs = datasets.load("hoffmann2022", "figure4_points")
    np.testing.assert_allclose(6 * runs["params"] * runs["tokens"], runs["flops"], rtol=1e-6)


def test_isoflop_tokens_follow_the_size_in_table_a9():
    runs = datasets.load("hoffmann2022", "figure4_isoflop_points")
    flops = 6 * runs["params_table_a9"] * runs["tokens"]
    np.testing.assert_allclose(flops, runs["flops"], rtol=1e-6)


def test_both_panels_of_figure_4_show_the_same_runs():
    left = datasets.load("hoffmann2022", "figure4_points")
    right = datasets.load("hoffmann2022", "figure4_isoflop_points")
    both = right.merge(left, on=["isoflop_budget", "params_table_a9"], suffixes=("", "_left"))
    assert len(both) == len(right) == left["isoflop_budget"].notna().sum()
    np.testing.assert_array_equal(both["flops"], both["flops_left"])
    assert (both["loss"] - both["loss_left"]).abs().max() < 0.02


def test_every_size_on_the_axis_is_in_table_a9():
    sizes = set(datasets.load("hoffmann2022", "table_a9_models")["params"])
    assert set(datasets.load("hoffmann2022", "figure4_points")["params_table_a9"]) <= sizes


def test_missing_text_is_an_empty_string():
    claims = datasets.load("besiroglu2024", "claims")
    assert "" in set(claims["variant"])
    assert claims["variant"].notna().all()


def test_printed_digits_survive():
    claims = datasets.load("besiroglu2024", "claims").set_index("id")
    assert claims.loc["B9.p_B", "printed"] == "0.20"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-100],
        lambda text: text.replace("3.405928", "3.405929", 1),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + text.splitlines()[-1] + "\n",
        lambda text: "",
    ],
    ids=["truncated", "altered", "line ends", "row added", "emptied"],
)
def test_a_damaged_file_is_refused(data, damage):
    path = data / POINTS
    path.write_bytes(damage(path.read_bytes().decode()).encode())
    expected = datasets.describe("hoffmann2022", "figure4_points").hash
    found = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    with pytest.raises(IntegrityError) as caught:
        datasets.load("hoffmann2022", "figure4_points")
    for part in (POINTS, expected, found, "git checkout", "make data", str(path.stat().st_size)):
        assert part in str(caught.value)


def test_a_missing_file_is_refused(data):
    (data / POINTS).unlink()
    with pytest.raises(IntegrityError, match=r"figure4_points\.csv is missing .*git checkout"):
        datasets.load("hoffmann2022", "figure4_points")


def test_damage_is_seen_after_a_good_load(data):
    datasets.load("hoffmann2022", "figure4_points")
    edit(data / POINTS, "3.405928", "3.405929")
    with pytest.raises(IntegrityError):
        datasets.load("hoffmann2022", "figure4_points")


def test_a_wrong_row_count_in_the_descriptor_is_refused(data):
    package, resource = entry(data, "hoffmann2022.figure4_points")
    resource["rows"] = 244
    write(data, package)
    with pytest.raises(IntegrityError, match="has 245 rows, the descriptor says 244"):
        datasets.load("hoffmann2022", "figure4_points")


def test_columns_other_than_described_are_refused(data):
    package, resource = entry(data, "hoffmann2022.figure4_points")
    resource["schema"]["fields"][4]["name"] = "bits"
    write(data, package)
    with pytest.raises(IntegrityError, match=r"has the columns params, .* says .*, bits, "):
        datasets.load("hoffmann2022", "figure4_points")


def test_a_missing_or_broken_descriptor_is_refused(data):
    path = data / "hoffmann2022" / datasets.DESCRIPTOR
    path.write_text("{")
    with pytest.raises(IntegrityError, match=r"data/hoffmann2022/datapackage\.json is not JSON"):
        datasets.papers()
    datasets.load("kaplan2020", "laws")  # another paper's descriptor is none of its business
    path.unlink()
    with pytest.raises(UnknownNameError, match="Unknown paper 'hoffmann2022'"):
        datasets.tables("hoffmann2022")
    for other in data.glob(f"*/{datasets.DESCRIPTOR}"):
        other.unlink()
    with pytest.raises(IntegrityError, match="the package is incomplete"):
        datasets.tables("hoffmann2022")


def spoil(data: Path, change) -> None:
    """Change the descriptor of hoffmann2022: the package, and its table `laws`."""
    package, resource = entry(data, "hoffmann2022.laws")
    change(package, resource)
    write(data, package)


MALFORMED = {
    "licence missing": (lambda p, r: r.pop("licence"), "licence is missing from the table laws"),
    "title empty": (lambda p, r: r.update(title=""), "title of the table laws .* is empty"),
    "rows a text": (lambda p, r: r.update(rows="many"), "rows of the table laws .* whole number"),
    "how unknown": (
        lambda p, r: r.update(how="made up"),
        "Unknown how of the table laws .*'made",
    ),
    "typo": (lambda p, r: r.update(license="MIT"), "Unknown property .* 'license'.*'licence'"),
    "format": (lambda p, r: r.update(format="xlsx"), "Unknown property of the table laws .*format"),
    "no name": (lambda p, r: r.pop("name"), "A resource in data/hoffmann2022/.* has no name"),
    "other path": (lambda p, r: r.update(path="../a.csv"), r"path of the table laws .*'laws\.csv'"),
    "twice": (lambda p, r: p["resources"].append(r), "describes laws more than once"),
    "no sources": (lambda p, r: r.update(sources=[]), "sources of the table laws .* empty"),
    "source": (
        lambda p, r: r.update(sources=["x"]),
        "one of the sources of the table laws .* JSON object",
    ),
    "commit": (
        lambda p, r: r["sources"][0].update(path="https://a.org/b/blob/main/c"),
        "commit of one of the sources of the table laws",
    ),
    "sort missing": (lambda p, r: r.pop("sort"), "sort is missing from the table laws"),
    "sort unknown": (lambda p, r: r.update(sort=["size"]), "Unknown column of the table laws"),
    "no fields": (
        lambda p, r: entry_of(p, "figure4_points")["schema"].pop("fields"),
        "schema of the table figure4_points .* no fields",
    ),
    "unit": (
        lambda p, r: entry_of(p, "figure4_points")["schema"]["fields"][3].update(unit="bits"),
        "unit of the column loss .*'nats per token' is expected",
    ),
    "no unit": (
        lambda p, r: entry_of(p, "figure4_points")["schema"]["fields"][4].pop("unit"),
        "unit of the column params_table_a9 .* is missing",
    ),
    "type": (
        lambda p, r: entry_of(p, "figure4_points")["schema"]["fields"][3].update(type="float"),
        "Unknown type of the column loss",
    ),
    "column's name": (
        lambda p, r: entry_of(p, "figure4_points")["schema"]["fields"][3].update(name="Loss"),
        "Loss .* is not in snake_case",
    ),
    "another key": (lambda p, r: p["paper"].update(year=2023), "make 'hoffmann2023'"),
    "no authors": (lambda p, r: p["paper"].update(authors=[]), "authors of paper in .* is empty"),
    "no venue": (lambda p, r: p["paper"].pop("venue"), "venue is missing from paper in data/hoff"),
    "kind": (lambda p, r: p["paper"].update(replication="some"), "Unknown replication of paper"),
    "resources": (lambda p, r: p.update(resources=[1]), "resources in .* must be a JSON object"),
    "no resources": (lambda p, r: p.update(resources={}), "resources in .* must be a list"),
}


def entry_of(package: dict, table: str) -> dict:
    return next(r for r in package["resources"] if r["name"] == table)


@pytest.mark.parametrize("what", MALFORMED)
def test_a_descriptor_that_cannot_be_used_names_property_and_file(data, what):
    change, message = MALFORMED[what]
    spoil(data, change)
    for call in (lambda: datasets.tables("hoffmann2022"), datasets.refresh):
        with pytest.raises((DataError, UnknownNameError), match=message) as caught:
            call()
        assert "data/hoffmann2022/datapackage.json" in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "null", "{}", "3", '"a"', '{"resources": [1]}'])
def test_json_that_is_no_descriptor_is_refused(data, text):
    (data / "hoffmann2022" / datasets.DESCRIPTOR).write_text(text)
    for call in (datasets.papers, datasets.refresh, lambda: datasets.load("hoffmann2022", "laws")):
        with pytest.raises(DataError, match=r"data/hoffmann2022/datapackage\.json"):
            call()


def test_a_folder_without_a_record_of_its_paper_is_said_to_have_none():
    with pytest.raises(DataError, match=r"data/performance/datapackage\.json has no record"):
        datasets.paper("performance")
    assert "performance" not in datasets.papers()


def test_a_paper_without_arxiv_needs_no_word_about_it(data):
    spoil(data, lambda p, r: p["paper"].pop("arxiv"))
    assert datasets.paper("hoffmann2022").arxiv == ""


@pytest.mark.parametrize("key", ["..", ".", "", "hoffmann2022/../kaplan2020", 3])
def test_a_key_is_a_name_and_no_way_out_of_the_folder(key):
    with pytest.raises(UnknownNameError, match="Unknown paper"):
        datasets.load(key, "laws")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.load("hofmann2022", "laws"), "Did you mean 'hoffmann2022'"),
        (lambda: datasets.load("hoffmann2022", "figure4"), "Unknown table of hoffmann2022"),
        (lambda: datasets.tables("nobody1999"), "Unknown paper 'nobody1999'"),
        (lambda: datasets.paper("hofmann2022"), "Did you mean 'hoffmann2022'"),
        (lambda: datasets.published("hoffmann2022", "print"), "Did you mean 'printed'"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(call, message):
    with pytest.raises(UnknownNameError, match=message):
        call()


def test_papers_have_records():
    assert {"besiroglu2024", "hoffmann2022"} <= set(datasets.papers())
    assert list(datasets.papers()) == sorted(datasets.papers())
    citation = datasets.paper("besiroglu2024").citation
    assert citation.startswith("Tamay Besiroglu, Ege Erdil")
    assert citation.endswith("(2024). Chinchilla Scaling: A replication attempt. arXiv preprint. "
                             "arXiv:2404.10102.")  # fmt: skip


def test_a_citation_without_arxiv_number_ends_at_the_venue():
    paper = dataclasses.replace(datasets.paper("besiroglu2024"), arxiv="")
    assert paper.citation.endswith("arXiv preprint.")


def test_tables_know_where_they_come_from():
    table = datasets.describe("hoffmann2022", "figure4_points")
    assert table.columns[:4] == ("params", "tokens", "flops", "loss")
    assert {field.unit for field in table.fields[:4]} == {
        "parameters", "tokens", "FLOPs", "nats per token",
    }  # fmt: skip
    page = table._repr_html_()
    assert table.sources[0].commit[:7] in page
    assert "none stated" in page
    assert "245 rows" in page


def test_records_are_frozen():
    table = datasets.describe("hoffmann2022", "laws")
    for record in (table, table.fields[0], table.sources[0], datasets.paper("hoffmann2022")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.name = "another"


def test_html_is_escaped():
    table = dataclasses.replace(datasets.describe("hoffmann2022", "laws"), title="a < b")
    assert "a &lt; b" in table._repr_html_()


@pytest.mark.parametrize("key", ["hoffmann2022", "besiroglu2024"])
def test_every_published_set_makes_a_law(key):
    table = datasets.load(key, "laws")
    for name, rows in table.groupby("name"):
        law = datasets.published(key, str(name))
        assert type(law).__name__ == set(rows["law"]).pop()
        for coefficient, value in zip(rows["coefficient"], rows["value"], strict=True):
            assert getattr(law, coefficient) == value


def test_published_coefficients_are_those_of_the_papers():
    tex = datasets.published("hoffmann2022", "tex")
    assert tex == laws.Chinchilla(
        A=406.4010175, B=410.7228269, E=1.693373681, alpha=0.33917084, beta=0.2849083
    )
    assert datasets.published("besiroglu2024", "printed").E == 1.8172


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("printed,Chinchilla,A,", "printed,PowerLaw,A,", "to 2 laws"),
        ("printed,Chinchilla,A,", "printed,Chinchilla,AA,", "do not fit"),
    ],
)
def test_a_set_that_is_no_law_is_refused(data, old, new, message):
    edit(data / "hoffmann2022/laws.csv", old, new)
    package, resource = entry(data, "hoffmann2022.laws")
    resource["sort"] = ["name", "where"]
    write(data, package)
    datasets.refresh(accept=["hoffmann2022/laws"])
    with pytest.raises(DataError, match=message):
        datasets.published("hoffmann2022", "printed")


def test_status_tells_damage_from_loss(data):
    table = datasets.describe("hoffmann2022", "figure4_points")
    assert datasets.status(table) == "ok"
    edit(data / POINTS, "3.405928", "3.405929")
    assert datasets.status(table) == "altered"
    (data / POINTS).unlink()
    assert datasets.status(table) == "missing"


def descriptors(data: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in data.glob(f"*/{datasets.DESCRIPTOR}")}


def test_refresh_leaves_the_committed_descriptors_byte_for_byte(data):
    before = descriptors(data)
    assert datasets.refresh() == ()
    assert descriptors(data) == before


def test_refresh_accepts_an_intended_edit_once_and_by_name(data):
    edit(data / POINTS, "3.405928", "3.405929")
    before = descriptors(data)
    with pytest.raises(DataError, match='make data ACCEPT="hoffmann2022/figure4_points"'):
        datasets.refresh()
    with pytest.raises(DataError, match="hoffmann2022/figure4_points"):
        datasets.refresh(accept=["hoffmann2022/laws"])
    with pytest.raises(UnknownNameError, match="Unknown table to accept 'hoffmann2022/points'"):
        datasets.refresh(accept=["hoffmann2022/points"])
    assert descriptors(data) == before
    assert datasets.refresh(accept=["hoffmann2022/figure4_points"]) == (POINTS,)
    assert datasets.load("hoffmann2022", "figure4_points")["loss"].eq(3.405929).any()
    first = descriptors(data)
    assert datasets.refresh() == ()
    assert descriptors(data) == first
    assert {key for key in first if first[key] != before[key]} == {"hoffmann2022"}


def test_refresh_fills_in_a_new_entry(data):
    package, resource = entry(data, "hoffmann2022.laws")
    for name in ("rows", "bytes", "hash", "schema"):
        del resource[name]
    package["resources"].reverse()
    write(data, package)
    before = (descriptor.root() / "schemas" / "laws.json").read_text()
    assert datasets.refresh() == ("hoffmann2022/laws.csv",)
    assert datasets.describe("hoffmann2022", "laws").rows == 15
    package, resource = entry(data, "hoffmann2022.laws")
    assert resource["schema"] == json.loads(before)
    names = [resource["name"] for resource in package["resources"]]
    assert names == sorted(names)
    assert list(resource)[-3:] == ["rows", "bytes", "hash"]


def test_a_table_not_yet_counted_is_told_apart_from_a_damaged_one(data):
    spoil(data, lambda p, r: r.pop("hash"))
    with pytest.raises(IntegrityError, match=r"has no hash of .*laws\.csv yet: run `make data`"):
        datasets.load("hoffmann2022", "laws")


def test_a_refused_refresh_writes_nothing_at_all(data):
    package, resource = entry(data, "besiroglu2024.laws")
    del resource["hash"]
    write(data, package)
    edit(data / POINTS, "3.405928", "much")
    before = descriptors(data)
    with pytest.raises(DataError):
        datasets.refresh(accept=["hoffmann2022/figure4_points"])
    assert descriptors(data) == before


def test_a_write_that_fails_leaves_the_old_descriptor_and_no_litter(data, monkeypatch):
    spoil(data, lambda p, r: r.pop("hash"))
    before = descriptors(data)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        datasets.refresh()
    assert descriptors(data) == before
    assert not list(data.rglob(".*"))


def test_refresh_wants_every_table_described(data):
    (data / "hoffmann2022" / "stray.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match=r"Not described in data/hoffmann.*/stray\. Add"):
        datasets.refresh()


def test_refresh_wants_the_stated_order(data):
    path = data / POINTS
    header, first, second, *rest = path.read_text().splitlines()
    path.write_text("\n".join([header, second, first, *rest]) + "\n")
    with pytest.raises(DataError, match="is not sorted by flops, params, loss"):
        datasets.refresh(accept=["hoffmann2022/figure4_points"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("3.405928", "much", "column loss .* 'much'"),
        ("3.405928", "3.405928,", "Row 1 of .* has 8 cells, 7 expected"),
    ],
)
def test_refresh_refuses_what_cannot_be_read(data, old, new, message):
    edit(data / POINTS, old, new)
    with pytest.raises(DataError, match=message):
        datasets.refresh()


def test_an_empty_table_keeps_its_columns(data):
    path = data / POINTS
    path.write_text(path.read_text().splitlines()[0] + "\n")
    datasets.refresh(accept=["hoffmann2022/figure4_points"])
    frame = datasets.load("hoffmann2022", "figure4_points")
    assert len(frame) == 0
    assert frame["loss"].dtype == "float64"


def test_installed_data_come_before_a_checkout(tmp_path, monkeypatch):
    package = tmp_path / "replication"
    (package / "datasets").mkdir(parents=True)
    monkeypatch.setattr(descriptor, "__file__", str(package / "datasets" / "descriptor.py"))
    assert descriptor.root() == tmp_path / "data"
    (package / "_data").mkdir()
    assert descriptor.root() == package / "_data"


def test_the_data_are_found_from_the_package():
    assert descriptor.root().parent in Path(replication.__file__).parents
