#!/usr/bin/env python3
"""Makes tensorboard/events: an event file as TensorBoard's own code writes it, for TensorBoardEventTests.

Run by hand (pip install tensorboard):  python3 Tests/Fixtures/make_tensorboard.py
The output is the same every time.
"""

import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

WALL_TIME = 1764093600.25
SCALARS = [
    (0, [("heldOut/reward", -1.0)]),
    (7, [("loss", 0.5), ("seconds/rollout", 3e-05)]),
    (300, [("größe", 123456.789)]),
]


def events():
    yield event_pb2.Event(wall_time=WALL_TIME, file_version="brain.Event:2")
    yield event_pb2.Event(
        wall_time=WALL_TIME, step=7, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    )
    for step, scalars in SCALARS:
        values = [summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in scalars]
        yield event_pb2.Event(wall_time=WALL_TIME, step=step, summary=summary_pb2.Summary(value=values))


path = pathlib.Path(__file__).parent / "tensorboard" / "events"
path.parent.mkdir(exist_ok=True)
with open(path, "wb") as file:
    writer = RecordWriter(file)
    for event in events():
        writer.write(event.SerializeToString())
    writer.flush()
