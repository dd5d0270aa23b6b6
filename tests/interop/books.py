"""Prints what a mint's own database says, in sat, as JSON.

books.py DIRECTORY        of nutshell or of cdk-mintd
books.py DIRECTORY free   what nutshell's operator does by hand after a kill: nutshell marks the inputs of a swap and the quote of a
                          mint before it does the work, and does not look after these marks when it is started again
"""

import json
import pathlib
import sqlite3
import sys

NUTSHELL = {
    "signed": "SELECT SUM(amount) FROM promises WHERE c_ IS NOT NULL",
    "spent": "SELECT SUM(amount) FROM proofs_used",
    "pending": "SELECT SUM(amount) FROM proofs_pending",
    "at_work": "SELECT (SELECT COUNT(*) FROM proofs_pending WHERE melt_quote IS NULL)"
    " + (SELECT COUNT(*) FROM mint_quotes WHERE state = 'PENDING')",
    "issued": "SELECT SUM(amount) FROM mint_quotes WHERE state = 'ISSUED'",
}

CDK_MINTD = {
    "signed": "SELECT SUM(amount) FROM blind_signature WHERE c IS NOT NULL",
    "spent": "SELECT SUM(amount) FROM proof WHERE state = 'SPENT'",
    "pending": "SELECT SUM(amount) FROM proof WHERE state = 'PENDING'",
    "at_work": "SELECT 0",
    "issued": "SELECT SUM(amount_issued) FROM mint_quote",
}


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    nutshell = directory / "mint" / "mint.sqlite3"
    file, questions = (nutshell, NUTSHELL) if nutshell.exists() else (directory / "cdk-mintd.sqlite", CDK_MINTD)
    if sys.argv[2:] == ["free"]:
        with sqlite3.connect(nutshell, timeout=10) as database:
            database.execute("DELETE FROM proofs_pending WHERE melt_quote IS NULL")
            database.execute("DELETE FROM promises WHERE c_ IS NULL AND melt_quote IS NULL")
            database.execute("UPDATE mint_quotes SET state = 'PAID' WHERE state = 'PENDING'")
        database.close()
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
    # One transaction, so that all sums are of the same moment.
    database.execute("BEGIN")
    books = {name: database.execute(question).fetchone()[0] or 0 for name, question in questions.items()}
    books["out"] = books["signed"] - books["spent"]
    print(json.dumps(books))


main()
