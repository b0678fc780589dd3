#!/usr/bin/env python3
"""The checks find what they are for. A check that cannot fail proves nothing."""

import unittest
from unittest import mock

import evidence
import layers
import tree


def layer_findings(path, text):
    return list(layers.problems({path: text}))


def tree_findings(path, text):
    return list(tree.problems({path: text}))


class Layers(unittest.TestCase):
    def test_includes_may_point_down_and_into_their_own_folder(self):
        text = '#include "exports/core.h"\n#include "store/ledger.h"\n#include "base/result.h"\n#include <vector>\n'
        self.assertEqual(layer_findings("src/exports/core.cc", text), [])

    def test_includes_may_not_point_up(self):
        self.assertEqual(layer_findings("src/store/db.cc", '\n#include "exports/core.h"\n'),
                         ["src/store/db.cc:2: store/ may not include exports/: includes point down only"])

    def test_includes_may_not_point_sideways(self):
        self.assertEqual(len(layer_findings("src/pinterest/a.cc", '#include "sources/csv.h"\n')), 1)

    def test_a_folder_without_a_rank_is_found(self):
        self.assertEqual(len(layer_findings("src/utils/a.cc", "")), 1)
        self.assertEqual(len(layer_findings("src/cli/a.cc", '#include "utils/a.h"\n')), 1)

    def test_the_simulator_shares_only_base_and_http(self):
        self.assertEqual(layer_findings("simulator/a.cc", '#include "base/clock.h"\n#include "simulator/b.h"\n'), [])
        self.assertEqual(len(layer_findings("simulator/a.cc", '#include "pinterest/answer.h"\n')), 1)

    def test_a_library_stays_in_its_folder(self):
        self.assertEqual(layer_findings("src/store/db.cc", "#include <sqlite3.h>\n"), [])
        self.assertEqual(len(layer_findings("src/exports/core.cc", "#include <sqlite3.h>\n")), 1)
        self.assertEqual(len(layer_findings("src/cli/serve.cc", "#include <curl/curl.h>\n")), 1)

    def test_json_libraries_stay_out_of_headers(self):
        self.assertEqual(layer_findings("src/sources/row.cc", "#include <simdjson.h>\n"), [])
        self.assertEqual(len(layer_findings("src/sources/row.h", "#pragma once\n#include <simdjson.h>\n")), 1)

    def test_json_is_written_with_a_policy_for_bad_bytes(self):
        for text in ("text = json.dump();\n", "json->dump(2)\n", "line.dump(-1, ' ', false, replace)\n"):
            self.assertEqual(len(layer_findings("src/cli/a.cc", text)), 1, text)
        self.assertEqual(layer_findings("src/cli/a.cc", "text = json_text(json);\n"), [])
        self.assertEqual(layer_findings("src/base/json_text.h", "#pragma once\njson.dump(1, ' ', false, replace)\n"), [])

    def test_sql_stays_in_the_store(self):
        text = 'run("SELECT a FROM b");\n'
        self.assertEqual(layer_findings("src/store/db.cc", text), [])
        self.assertEqual(len(layer_findings("src/exports/core.cc", text)), 1)

    def test_a_header_needs_pragma_once(self):
        self.assertEqual(len(layer_findings("src/base/a.h", "struct A {};\n")), 1)


class Tree(unittest.TestCase):
    def test_a_long_file_is_found(self):
        self.assertEqual(tree_findings("src/base/a.cc", "x\n" * 600), [])
        self.assertEqual(len(tree_findings("src/base/a.cc", "x\n" * 601)), 1)

    def test_a_path_of_a_machine_is_found_and_a_route_is_not(self):
        self.assertEqual(len(tree_findings("README.md", "see /" "home/somebody/x\n")), 1)
        self.assertEqual(tree_findings("README.md", "see https://example.org/home/a and $HOME/work/b\n"), [])

    def test_a_registry_in_a_lock_file_is_found(self):
        self.assertEqual(len(tree_findings("a/package-lock.json", '"resolved":' ' "https://example.org/x"\n')), 1)

    def test_a_loose_end_is_found_in_code_only(self):
        self.assertEqual(len(tree_findings("src/base/a.cc", "// TO" "DO later\n")), 1)
        self.assertEqual(tree_findings("docs/a.md", "TO" "DO\n"), [])


class Evidence(unittest.TestCase):
    FILES = {"src/a/door_test.cc": "TEST(Door, opens_for_the_owner_s_key)", "src/a/door.cc": "", "src/b/lock_test.cc": "",
             "src/c/lock_test.cc": "", "tests/door.py": "def nobody_else_gets_in(world):"}

    def proof_findings(self, cell):
        return list(evidence.problems({"docs/security.md": f"| S1 | {cell} |"}, self.FILES))

    def test_files_and_tests_that_exist_are_proof(self):
        for cell in ("`door_test` *opens for the owner's key*", "`src/a/door.cc`, `door.py` *nobody…gets in*",
                     "`door_test` *opens…*", "`./dev test`, `Secret`, *a word*"):
            self.assertEqual(self.proof_findings(cell), [])

    def test_a_file_or_a_test_that_is_gone_is_found(self):
        self.assertEqual(self.proof_findings("`gone_test`"), ["docs/security.md:1: 'gone_test' is no file"])
        self.assertEqual(len(self.proof_findings("`door_test` *closes…*")), 1)
        self.assertEqual(len(self.proof_findings("`door.py` *opens for the owner's key*")), 1)

    def test_a_name_of_two_files_is_no_proof(self):
        self.assertEqual(len(self.proof_findings("`lock_test`")), 1)
        self.assertEqual(self.proof_findings("`b/lock_test`"), [])

    def table_findings(self, *rows, counts=("| 1 | 1 | 0 | 0 | 1 |", "| 2 | 0 | 1 | 1 | 2 |")):
        good = ("| 1.1.1 | 2 | asks | open | missing |", "| 1.1.2 | 1 | asks | met | `door_test` |",
                "| 1.2.1 | 2 | asks | not applicable | none |")
        with mock.patch.object(evidence, "LEVELS", {1: 1, 2: 2}):
            return list(evidence.table_problems([*(rows or good), *counts]))

    def test_a_whole_table_is_fine_and_one_with_a_row_missing_or_twice_is_not(self):
        self.assertEqual(self.table_findings(), [])
        self.assertTrue(self.table_findings("| 1.1.1 | 2 | asks | open | missing |"))
        row = "| 1.1.1 | 2 | asks | open | missing |"
        self.assertTrue(self.table_findings(row, row, "| 1.1.2 | 1 | asks | met | `door_test` |",
                                            counts=("| 1 | 1 | 0 | 0 | 1 |", "| 2 | 0 | 0 | 2 | 2 |")))

    def test_wrong_counts_unknown_states_and_met_without_proof_are_found(self):
        self.assertEqual(len(self.table_findings(counts=("| 1 | 1 | 0 | 0 | 1 |", "| 2 | 0 | 2 | 0 | 2 |"))), 1)
        rest = ("| 1.1.1 | 2 | asks | open | missing |", "| 1.2.1 | 2 | asks | not applicable | none |")
        self.assertTrue(self.table_findings(*rest, "| 1.1.2 | 1 | asks | nearly | `door_test` |"))
        self.assertEqual(len(self.table_findings(*rest, "| 1.1.2 | 1 | asks | met | because |")), 1)


if __name__ == "__main__":
    unittest.main()
