"""Loads what `stepwise-trainer export` wrote as people's trainers do: with datasets, through TRL's prompt handling, and to Parquet and back.

    python3 export_loads.py trl|verl|openrlhf FILE

Prints what it found as one line of JSON. Needs datasets; trl is used where it is installed.
"""
import json
import os
import sys
import tempfile

import datasets

datasets.disable_progress_bars()
target, path = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    rows = datasets.load_dataset("json", data_files=path, split="train", cache_dir=folder)
    # The line that export prints for verl.
    parquet = os.path.join(folder, "steps.parquet")
    rows.to_parquet(parquet)
    again = datasets.load_dataset("parquet", data_files=parquet, split="train", cache_dir=folder)
    assert again.to_list() == rows.to_list(), "Parquet changed a row"
    first = rows[0]
    label = first["reward_model"]["ground_truth"] if target == "verl" else first["expert_step"]
    found = {"rows": len(rows), "columns": sorted(rows.column_names), "label": label, "conversational": None}
    if target == "trl":
        try:
            from trl.data_utils import is_conversational
        except ImportError:
            pass
        else:
            found["conversational"] = is_conversational(first)
print(json.dumps(found, sort_keys=True))
