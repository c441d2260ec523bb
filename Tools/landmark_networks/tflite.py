"""Reads the weights of a TensorFlow Lite model: operators in order with the constants they use.

Own reader of the few tables of TensorFlow Lite's schema (schema.fbs) that hold them; float16 constants that
the file widens (DEQUANTIZE) and sparse ones that it unpacks (DENSIFY) come out as plain arrays.
"""

import struct

import numpy as np

CONVOLUTION, DEPTHWISE, DEQUANTIZE, LINEAR, PRELU, DENSIFY = 3, 4, 6, 9, 54, 124
TYPES = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 4: "<i8", 9: "i1"}


class Table:
    """A table of a FlatBuffer; fields are numbered as in the schema."""

    def __init__(self, data, position):
        self.data, self.position = data, position
        self.fields = position - self._read("<i", position)

    def _read(self, form, position):
        return struct.unpack_from(form, self.data, position)[0]

    def _place(self, field):
        entry = 4 + 2 * field
        if entry >= self._read("<H", self.fields):
            return None
        offset = self._read("<H", self.fields + entry)
        return self.position + offset if offset else None

    def number(self, field, form="<i", default=0):
        place = self._place(field)
        return default if place is None else self._read(form, place)

    def table(self, field):
        place = self._place(field)
        return None if place is None else Table(self.data, place + self._read("<I", place))

    def array(self, field, form="<i4"):
        place = self._place(field)
        if place is None:
            return np.zeros(0, form)
        start = place + self._read("<I", place)
        return np.frombuffer(self.data, form, self._read("<I", start), start + 4)

    def tables(self, field):
        place = self._place(field)
        if place is None:
            return []
        start = place + self._read("<I", place)
        return [
            Table(self.data, at + self._read("<I", at))
            for at in range(start + 4, start + 4 + 4 * self._read("<I", start), 4)
        ]


def weights_in_order(data):
    """(operator, [constants after the first input]) of the operators with weights, in the file's order."""
    model = Table(data, struct.unpack_from("<I", data)[0])
    kinds = [max(code.number(0, "b"), code.number(3)) for code in model.tables(1)]
    graph, buffers = model.tables(2)[0], model.tables(4)
    tensors = graph.tables(0)
    constants = {}
    for index, tensor in enumerate(tensors):
        values = buffers[tensor.number(2, "<I")].array(0, "u1")
        if len(values):
            values = values.view(TYPES[tensor.number(1, "b")])
            sparse = tensor.table(6) is not None
            constants[index] = values if sparse else values.reshape(tensor.array(0))
    result = []
    for operator in graph.tables(3):
        kind = kinds[operator.number(0, "<I")]
        inputs, outputs = operator.array(1), operator.array(2)
        if kind == DEQUANTIZE and inputs[0] in constants:
            constants[outputs[0]] = constants[inputs[0]]
        elif kind == DENSIFY:
            constants[outputs[0]] = dense(tensors[inputs[0]], constants[inputs[0]])
        elif kind in (CONVOLUTION, DEPTHWISE, LINEAR, PRELU):
            result.append((kind, [constants[index] for index in inputs[1:]]))
    return result


def dense(tensor, values):
    """A sparse constant with its zeros, by the description in its SparsityParameters."""
    shape, sparsity = tensor.array(0), tensor.table(6)
    order, blocked = sparsity.array(0), sparsity.array(1)
    levels = []
    for level in sparsity.tables(2):
        if level.number(0, "b") == 0:
            levels.append(level.number(1))
        else:
            form = {1: "<i4", 2: "<u2", 3: "u1"}
            levels.append(tuple(
                level.table(field + 1).array(0, form[level.number(field, "B")]) for field in (2, 4)))
    size = {int(axis): levels[len(shape) + place] for place, axis in enumerate(blocked)}
    # One row of coordinates a stored value, level by level of the tree.
    rows, places = np.zeros(1, int), np.zeros((1, len(shape)), int)
    for level, axis in zip(levels, order):
        if isinstance(level, int):
            parent = np.repeat(np.arange(len(rows)), level)
            child, rows = np.tile(np.arange(level), len(rows)), (rows[:, None] * level + np.arange(level)).ravel()
        else:
            segments, indices = level
            counts = segments[rows + 1].astype(int) - segments[rows]
            parent = np.repeat(np.arange(len(rows)), counts)
            first = np.repeat(segments[rows].astype(int), counts)
            rows = first + np.arange(len(parent)) - np.repeat(np.cumsum(counts) - counts, counts)
            child = indices[rows].astype(int)
        places = places[parent]
        if axis < len(shape):
            places[:, axis] += child * size.get(int(axis), 1)
        else:
            places[:, blocked[axis - len(shape)]] += child
    result = np.zeros(shape, values.dtype)
    result[tuple(places.T)] = values[rows]
    return result
