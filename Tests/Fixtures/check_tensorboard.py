#!/usr/bin/env python3
"""Prints what TensorBoard's own reader finds in a folder of event files, as JSON: {tag: [[step, value], ..]}.

For RunFilesTests (pip install tensorboard):  python3 Tests/Fixtures/check_tensorboard.py runs/first/tensorboard
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
print(json.dumps({tag: [[s.step, s.value] for s in events.Scalars(tag)] for tag in events.Tags()["scalars"]}))
