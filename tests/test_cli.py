import json
import subprocess
import sys

import pytest

from replication import about, cli, datasets, ledger

ROWS = [
    {"id": "T1.a", "printed": "0.50"},
    {"id": "T1.b", "expected": "untestable", "note": "No data."},
]
CODE = """
@claims.answers("T1.a")
def exponent():
    print("fitting ...")
    return {answer}
"""


def test_verify_prints_a_table_and_totals(toy, capsys):
    key = toy(ROWS, CODE.format(answer="0.497"))
    assert cli.main(["verify", key]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "A. Toy, B. Model (2024). A toy. Journal of Toys."
    assert lines[2].split() == ["id", "printed", "ours", "verdict", "quantity"]
    assert lines[3].split() == ["T1.a", "0.50", "0.497", "reproduced", "exponent"]
    assert lines[4].split() == ["T1.b", "0.50", "untestable", "exponent"]
    assert lines[-1] == "toy2024: 1 reproduced, 0 differ, 1 untestable"
    assert err == "fitting ...\n"


def test_json_is_one_array_with_the_agreed_keys(toy, capsys):
    key = toy(ROWS, CODE.format(answer="Answer(0.497, low=0.4)"))
    assert cli.main(["verify", key, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert [list(row) for row in rows] == [list(ledger.COLUMNS)] * 2
    assert rows[0]["ours"] == 0.497
    assert rows[0]["ours_low"] == 0.4
    assert rows[0]["ours_high"] is None
    assert rows[1]["ours"] is None
    assert rows[1]["note"] == "No data."


@pytest.mark.parametrize("flags", [[], ["--json"]])
@pytest.mark.parametrize("answer", ["0.7", "None", "1 / 0"])
def test_a_surprise_or_an_error_exits_1(toy, capsys, flags, answer):
    key = toy(ROWS, CODE.format(answer=answer))
    assert cli.main(["verify", key, *flags]) == 1
    out, err = capsys.readouterr()
    report = err if flags else out
    assert "SURPRISE toy2024 T1.a: " in report
    assert ("raised ZeroDivisionError: division by zero" in report) == (answer == "1 / 0")
    # Where it happened is for whoever mends it, and must not end up in what programs read.
    assert ("in exponent\n" in err) == (answer == "1 / 0")
    assert "Traceback" not in out


def test_a_surprise_shows_what_was_expected(toy, capsys):
    cli.main(["verify", toy(ROWS, CODE.format(answer="0.7"))])
    assert "differs (expected reproduced)" in capsys.readouterr().out


def test_verify_without_keys_takes_all_papers(toy, capsys):
    toy(ROWS, CODE.format(answer="0.5"), key="one2024")
    toy(ROWS, CODE.format(answer="0.7"), key="two2024")
    assert cli.main(["verify"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "one2024: 1 reproduced, 0 differ, 1 untestable" in lines
    assert "two2024: 0 reproduced, 1 differ, 1 untestable; 1 SURPRISES" in lines


def test_an_unknown_paper_exits_2(toy, capsys):
    toy(ROWS, CODE.format(answer="0.5"))
    assert cli.main(["verify", "toy2023", "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Unknown paper 'toy2023'. Did you mean 'toy2024'?" in err


def test_claims_that_do_not_match_exit_1(toy, capsys):
    assert cli.main(["verify", toy(ROWS, "")]) == 1
    assert "'T1.a' is not answered" in capsys.readouterr().err


def test_data_lists_every_table(capsys):
    assert cli.main(["data"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(datasets.tables())
    points = next(line for line in lines if line.startswith("hoffmann2022/figure4_points"))
    assert points.split()[1:4] == ["245", "ok", "none"]


def test_data_exits_1_on_damage_and_refresh_accepts_it(data, capsys):
    path = data / "hoffmann2022" / "figure4_points.csv"
    path.write_text(path.read_text().replace("3.405928", "3.405929", 1))
    assert cli.main(["data"]) == 1
    assert "altered" in capsys.readouterr().out
    assert cli.main(["data", "--refresh"]) == 1
    assert "ACCEPT=" in capsys.readouterr().err
    assert cli.main(["data", "--refresh", "--accept", "hoffmann2022/figure4_points"]) == 0
    out, err = capsys.readouterr()
    assert "altered" not in out
    assert err == "data/hoffmann2022/figure4_points.csv has a new entry in its datapackage.json\n"
    path.unlink()
    assert cli.main(["data"]) == 1
    assert "missing" in capsys.readouterr().out
    assert cli.main(["data", "--refresh"]) == 1
    assert "is missing" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["judge"], ["verify", "--xml"], ["data", "key"]])
def test_wrong_usage_exits_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: replication" in capsys.readouterr().err


def test_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.strip() == about.about().version


def test_the_process_returns_the_exit_code():
    for module in ("replication", "replication.cli"):
        command = [sys.executable, "-m", module, "verify", "nobody1999", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Unknown paper 'nobody1999'" in done.stderr


def test_against_says_what_moved_inside_the_tolerance_too(toy, capsys, tmp_path):
    key = toy(ROWS, CODE.format(answer="0.497"))
    before = tmp_path / "before.json"
    rows = ledger.verify(key).rows()
    rows[0]["ours"] = 0.500
    before.write_text(json.dumps(rows))
    assert cli.main(["verify", key, "--against", str(before)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = (line for line in lines if line.startswith(f"{key}  T1.a"))
    assert line.split() == [key, "T1.a", "0.50", "0.5", "0.497", "-0.6", "%", "reproduced"]
    assert f"1 of 2 claims are not as at {before}; 0 of them have another verdict." in lines
    assert cli.main(["verify", key, "--against", str(before), "--json"]) == 0
    (move,) = json.loads(capsys.readouterr().out)
    assert (move["before"], move["after"], move["id"]) == (0.5, 0.497, "T1.a")


def test_against_still_fails_on_a_surprise_and_shows_the_turn(toy, capsys, tmp_path):
    key = toy(ROWS, CODE.format(answer="0.7"))
    before = tmp_path / "before.json"
    rows = ledger.verify(key).rows()
    rows[0] |= {"ours": 0.5, "verdict": "reproduced"}
    before.write_text(json.dumps(rows))
    assert cli.main(["verify", key, "--against", str(before)]) == 1
    assert "reproduced -> differs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "is no JSON"), ("{}", "is no ledger"), ('[{"id": "a"}]', "is no ledger")],
)
def test_against_refuses_what_is_no_ledger(toy, capsys, tmp_path, content, message):
    key = toy(ROWS, CODE.format(answer="0.497"))
    before = tmp_path / "before.json"
    before.write_text(content)
    assert cli.main(["verify", key, "--against", str(before)]) == 1
    assert message in capsys.readouterr().err


def test_against_refuses_what_is_no_commit(toy, capsys):
    key = toy(ROWS, CODE.format(answer="0.497"))
    assert cli.main(["verify", key, "--against", "no-such-commit"]) == 1
    assert "neither a file" in capsys.readouterr().err
