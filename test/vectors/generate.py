#!/usr/bin/python3
"""Writes pytorch.bin.gz: what PyTorch computes for over 3,000 random calls, forward and gradients.

Run by hand, not by the tests:

    apt-get install python3-torch        # Debian 12: PyTorch 1.13, CPU
    /usr/bin/python3 test/vectors/generate.py
    /usr/bin/python3 test/vectors/generate_later.py   # operations that came later, in a file of their own

Inputs are small multiples of 1/8, so that the file compresses and pools meet ties. Every random choice comes from
one seed, so that the same PyTorch writes the same file.

The file, unpacked: a 32-bit length, a JSON list of cases of that length, then all numbers as float32 in the order
of the cases, stored as four planes of bytes (all first bytes, all second bytes, ...), which compress better.
A case is {op, options, inputs: [shape...], results: [shape...]}; its numbers are the inputs, a gradient for the
first result, the results, and the gradient of each differentiable input (those in "wanted").
"""
import gzip
import json
import math
import os
import random
import struct

import torch
import torch.nn.functional as F

SEED = 20221001
rng = random.Random()
torch.set_num_threads(1)

cases = []
numbers = []


def values(shape, low=-16, high=16, step=8):
    count = 1
    for side in shape:
        count *= side
    flat = [rng.randint(low, high) / step for _ in range(count)]
    return torch.tensor(flat, dtype=torch.float32).reshape(shape)


def positive(shape):
    return values(shape, 1, 24)


def add(op, options, inputs, compute, wanted=None):
    """Runs `compute` on copies of the inputs and stores the case."""
    wanted = list(range(len(inputs))) if wanted is None else wanted
    leaves = [t.clone().requires_grad_(i in wanted) for i, t in enumerate(inputs)]
    results = compute(*leaves)
    results = list(results) if isinstance(results, (tuple, list)) else [results]
    upstream = values(results[0].shape, -8, 8)
    gradients = torch.autograd.grad(results[0], [leaves[i] for i in wanted], upstream) if wanted else []
    cases.append(
        {
            "op": op,
            "options": options,
            "inputs": [list(t.shape) for t in inputs],
            "results": [list(t.shape) for t in results],
            "wanted": wanted,
        }
    )
    for t in [*inputs, upstream, *results, *gradients]:
        numbers.extend(t.detach().to(torch.float32).contiguous().flatten().tolist())


def maybe(probability):
    return rng.random() < probability


def pair(low, high):
    return [rng.randint(low, high), rng.randint(low, high)]


def retry(make, times):
    """Calls `make` until it has stored so many cases: a random size may not fit."""
    done = 0
    while done < times:
        before = len(cases)
        try:
            make()
        except (RuntimeError, ValueError):
            continue
        done += len(cases) - before


def batch_shape(channels, low=3, high=8):
    return [rng.randint(1, 2), channels, rng.randint(low, high), rng.randint(low, high)]


def extent(kernel, dilation):
    return dilation * (kernel - 1) + 1


# Convolutions


def conv2d():
    groups = rng.choice([1, 1, 1, 2, 3])
    inputs = groups * rng.randint(1, 2)
    outputs = groups * rng.randint(1, 2)
    if maybe(0.15):
        groups = inputs
        outputs = inputs * rng.randint(1, 2)
    rank = rng.choice([4, 4, 4, 3, 3, 2])
    if rank == 2:
        groups = inputs = outputs = 1
    kernel = pair(1, 4)
    stride = pair(1, 3) if maybe(0.5) else [1, 1]
    dilation = pair(1, 2) if maybe(0.4) else [1, 1]
    mode = rng.choice(["zeros", "zeros", "zeros", "reflect", "replicate", "circular"])
    kind = rng.choice(["number", "pair", "sides", "same", "valid", "half", "full"])
    spans = [extent(k, d) for k, d in zip(kernel, dilation)]
    if kind == "same":
        stride = [1, 1]
    padding = {"number": rng.randint(0, 2), "pair": pair(0, 2), "sides": pair(0, 2) + pair(0, 2)}.get(kind, kind)
    if kind == "number":
        sides = [padding] * 4
    elif kind == "pair":
        sides = [padding[1], padding[1], padding[0], padding[0]]
    elif kind == "sides":
        sides = padding
    elif kind == "same":
        sides = [(spans[1] - 1) // 2, spans[1] // 2, (spans[0] - 1) // 2, spans[0] // 2]
    elif kind == "valid":
        sides = [0, 0, 0, 0]
    elif kind == "half":
        sides = [spans[1] // 2] * 2 + [spans[0] // 2] * 2
    else:
        sides = [spans[1] - 1] * 2 + [spans[0] - 1] * 2
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "paddingMode": mode}
    image = values(batch_shape(inputs))
    weight = values([outputs, inputs // groups, *kernel])
    bias = values([outputs])
    if rank == 3:
        image = image[0]
    if rank == 2:
        image, weight = image[0, 0], weight[0, 0]
    single = rank == 3 and outputs == 1 and maybe(0.7)
    if single:
        weight = weight[0]
    has_bias = maybe(0.6)

    def compute(x, w, b=None):
        x4 = x.reshape([1] * (4 - x.dim()) + list(x.shape))
        w4 = w.reshape([1] * (4 - w.dim()) + list(w.shape))
        if kind in ("same", "valid") and mode == "zeros":
            # PyTorch's own meaning of the names.
            y = F.conv2d(x4, w4, b, stride, kind, dilation, groups)
        else:
            padded = F.pad(x4, sides, mode="constant" if mode == "zeros" else mode)
            y = F.conv2d(padded, w4, b, stride, 0, dilation, groups)
        return y.reshape(y.shape[4 - x.dim() :])

    add("conv2d", options, [image, weight, *([bias] if has_bias else [])], compute)


def conv_transpose2d():
    groups = rng.choice([1, 1, 2, 3])
    inputs, width = groups * rng.randint(1, 2), rng.randint(1, 2)
    rank = rng.choice([4, 4, 3, 2])
    if rank == 2:
        groups = inputs = width = 1
    kernel, stride, dilation = pair(1, 4), pair(1, 3), pair(1, 2) if maybe(0.4) else [1, 1]
    padding = [rng.randint(0, extent(k, d) // 2) for k, d in zip(kernel, dilation)]
    extra = [rng.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation)]
    image = values(batch_shape(inputs, 2, 5))
    weight = values([inputs, width, *kernel])
    bias = values([width * groups])
    if rank == 3:
        image = image[0]
    if rank == 2:
        image, weight = image[0, 0], weight[0, 0]
    options = {"stride": stride, "padding": padding, "outputPadding": extra, "dilation": dilation, "groups": groups}

    def compute(x, w, b=None):
        x4 = x.reshape([1] * (4 - x.dim()) + list(x.shape))
        w4 = w.reshape([1] * (4 - w.dim()) + list(w.shape))
        y = F.conv_transpose2d(x4, w4, b, stride, padding, extra, groups, dilation)
        return y.reshape(y.shape[4 - x.dim() :])

    add("convTranspose2d", options, [image, weight, *([bias] if maybe(0.5) else [])], compute)


def conv2d_second():
    """The gradients of the sum of squares of a convolution's input gradient."""
    groups = rng.choice([1, 2])
    stride, padding, dilation = rng.randint(1, 2), rng.randint(0, 2), rng.randint(1, 2)
    image = values([1, groups * 2, rng.randint(4, 6), rng.randint(4, 6)])
    weight = values([groups * 2, 2, *pair(1, 3)])
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}

    def compute(x, w):
        y = F.conv2d(x, w, None, stride, padding, dilation, groups)
        (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
        return (g * g).sum()

    add("conv2dSecond", options, [image, weight], compute)


# Pools


def flat_rank(image):
    """The image in a random rank."""
    return rng.choice([image, image, image[0], image[0, 0]])


def as4(x):
    return x.reshape([1] * (4 - x.dim()) + list(x.shape))


def as_rank(y, x):
    return y.reshape(y.shape[4 - x.dim() :])


def pool_options(dilated=True):
    kernel = pair(1, 4)
    dilation = pair(1, 2) if dilated and maybe(0.4) else [1, 1]
    options = {
        "stride": pair(1, 3) if maybe(0.7) else kernel,
        "padding": [rng.randint(0, k // 2) for k in kernel],
        "ceilMode": maybe(0.4),
    }
    if dilated:
        options["dilation"] = dilation
    return kernel, options


def max_pool(op):
    kernel, o = pool_options()
    image = flat_rank(values(batch_shape(rng.randint(1, 2)), -6, 6, 2))

    def compute(x):
        sign = -1 if op.startswith("minPool2d") else 1
        y, indices = F.max_pool2d(
            sign * as4(x), kernel, o["stride"], o["padding"], o["dilation"], o["ceilMode"], return_indices=True
        )
        y = as_rank(sign * y, x)
        return (y, as_rank(indices, x)) if op.endswith("WithIndices") else y

    add(op, {"kernelSize": kernel, **o}, [image], compute)


def avg_pool():
    kernel, o = pool_options(False)
    o["countIncludePad"] = maybe(0.5)
    divisor = rng.randint(2, 7) if maybe(0.3) else None
    if divisor:
        o["divisorOverride"] = divisor
    image = flat_rank(values(batch_shape(rng.randint(1, 2))))

    def compute(x):
        y = F.avg_pool2d(
            as4(x), kernel, o["stride"], o["padding"], o["ceilMode"], o["countIncludePad"], divisor
        )
        return as_rank(y, x)

    add("avgPool2d", {"kernelSize": kernel, **o}, [image], compute)


def lp_pool():
    kernel, norm = pair(1, 3), rng.choice([1, 2, 3, 1.5])
    o = {"stride": pair(1, 3), "ceilMode": maybe(0.4)}
    image = positive(batch_shape(rng.randint(1, 2)))
    add(
        "lpPool2d",
        {"kernelSize": kernel, "normType": norm, **o},
        [image],
        lambda x: F.lp_pool2d(x, norm, kernel, o["stride"], o["ceilMode"]),
    )


def adaptive(op):
    size = pair(1, 9)
    image = values(batch_shape(rng.randint(1, 2)), -6, 6, 2)
    if op == "adaptiveMaxPool2dWithIndices":
        add(op, {"outputSize": size}, [image], lambda x: F.adaptive_max_pool2d(x, size, return_indices=True))
        return
    function = F.adaptive_avg_pool2d if op == "adaptiveAvgPool2d" else F.adaptive_max_pool2d
    add(op, {"outputSize": size}, [image], lambda x: function(x, size))


def global_pool(op):
    function = F.adaptive_avg_pool2d if op == "globalAvgPool2d" else F.adaptive_max_pool2d
    add(op, {}, [values(batch_shape(rng.randint(1, 3), 1, 7), -6, 6, 2)], lambda x: function(x, 1))


def unpool():
    kernel = pair(2, 3)
    image = values(batch_shape(2, 4, 8))
    pooled, indices = F.max_pool2d(image, kernel, return_indices=True)
    size = list(image.shape[2:])
    replaced = values(pooled.shape)
    add(
        "maxUnpool2d",
        {"kernelSize": kernel, "outputSize": size},
        [replaced, indices.to(torch.float32)],
        lambda x, i: F.max_unpool2d(x, i.to(torch.int64), kernel, output_size=size),
        [0],
    )


# Resizing and rearranging


def interpolate():
    image = values(batch_shape(rng.randint(1, 2), 1, 6))
    mode = rng.choice(["nearest", "nearest-exact", "bilinear", "bilinear", "bicubic", "bicubic"])
    o = {"mode": mode.split("-")[0]}
    extra = {}
    if mode == "nearest-exact":
        o["coordinates"] = "half-pixel"
    elif mode != "nearest":
        extra["align_corners"] = o["alignCorners"] = maybe(0.5)
    if maybe(0.6):
        size = extra["size"] = o["size"] = pair(1, 11)
    else:
        factor = [rng.choice([0.5, 0.6, 1, 1.5, 1.7, 2, 2.3, 3]) for _ in range(2)]
        extra["scale_factor"] = o["scaleFactor"] = factor
        for side, f in zip(image.shape[2:], factor):
            # PyTorch's nearest gradient takes a short cut where a side stays or doubles, which is not the
            # transpose of its forward if the factor was another (its nearest_idx is kept for compatibility).
            if mode == "nearest" and int(side * f) in (side, 2 * side) and f not in (1, 2):
                raise ValueError
    add("interpolate", o, [image], lambda x: F.interpolate(x, mode=mode, **extra))


def shuffle(op):
    factor = rng.randint(1, 3)
    if op == "pixelShuffle":
        image = values([rng.randint(1, 2), factor**2 * rng.randint(1, 2), *pair(1, 3)])
        add(op, {"factor": factor}, [image], lambda x: F.pixel_shuffle(x, factor))
    else:
        image = values([rng.randint(1, 2), rng.randint(1, 2), *[factor * k for k in pair(1, 3)]])
        add(op, {"factor": factor}, [image], lambda x: F.pixel_unshuffle(x, factor))


def pad():
    image = values(batch_shape(rng.randint(1, 2), 2, 6))
    mode = rng.choice(["constant", "reflect", "replicate", "circular"])
    sides = [rng.randint(-1 if mode == "constant" else 0, 3) for _ in range(4)]
    value = rng.randint(-8, 8) / 8 if mode == "constant" else 0
    o = {"padding": sides, "mode": mode, **({"value": value} if mode == "constant" else {})}
    add("pad", o, [image], lambda x: F.pad(x, sides, mode, value))


def unfold(op):
    kernel, stride, padding, dilation = pair(1, 3), pair(1, 3), pair(0, 2), pair(1, 2)
    shape = batch_shape(rng.randint(1, 2), 4, 7)
    o = {"kernelSize": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    image = values(shape)
    columns = F.unfold(image, kernel, dilation, padding, stride)
    if op == "unfold":
        add(op, o, [image], lambda x: F.unfold(x, kernel, dilation, padding, stride))
    else:
        o["outputSize"] = shape[2:]
        add(op, o, [values(columns.shape)], lambda x: F.fold(x, shape[2:], kernel, dilation, padding, stride))


# Dense layers, elementwise, reductions


def linear():
    lead = [rng.randint(1, 4) for _ in range(rng.randint(0, 2))]
    inputs, outputs = pair(1, 8)
    tensors = [values([*lead, inputs]), values([outputs, inputs])] + ([values([outputs])] if maybe(0.6) else [])
    add("linear", {}, tensors, F.linear)


def matmul():
    rows, inner, columns = (rng.randint(1, 5) for _ in range(3))
    lead = [rng.randint(1, 3) for _ in range(rng.randint(0, 2))]
    a_lead = [1 if maybe(0.3) else side for side in lead]
    b_lead = [1 if maybe(0.3) else side for side in lead][rng.randint(0, len(lead)) :]
    a = values([*a_lead, rows, inner]) if maybe(0.8) else values([inner])
    b = values([*b_lead, inner, columns]) if maybe(0.8) else values([inner])
    add("matmul", {}, [a, b], torch.matmul)


def binary(op):
    shape = [rng.randint(1, 4) for _ in range(rng.randint(1, 4))]
    a_shape = [1 if maybe(0.25) else side for side in shape]
    b_shape = [1 if maybe(0.25) else side for side in shape][rng.randint(0, len(shape) - 1) :]
    make = positive if op in ("div", "pow") else lambda s: values(s, -6, 6, 2)
    wanted = [] if op in ("equal", "less", "lessEqual", "greater", "greaterEqual") else None
    function = {
        "equal": torch.eq,
        "less": torch.lt,
        "lessEqual": torch.le,
        "greater": torch.gt,
        "greaterEqual": torch.ge,
    }.get(op) or getattr(torch, op)
    inputs = [make(a_shape), make(b_shape)]
    add(op, {}, inputs, lambda a, b: function(a, b) * (1 if wanted is None else 1.0), wanted)


def where():
    shape = pair(1, 5)
    condition = values(shape, 0, 1, 1)
    tensors = [condition, values([shape[1]]), values(shape)]
    add("where", {}, tensors, lambda c, a, b: torch.where(c != 0, a, b), [1, 2])


UNARY = {
    "neg": torch.neg,
    "abs": torch.abs,
    "sign": torch.sign,
    "reciprocal": torch.reciprocal,
    "square": torch.square,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "erf": torch.erf,
    "floor": torch.floor,
    "ceil": torch.ceil,
    "round": torch.round,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "gelu": F.gelu,
    "silu": F.silu,
}


def unary(op):
    make = positive if op in ("sqrt", "log", "reciprocal") else values
    add(op, {}, [make([rng.randint(1, 3), rng.randint(1, 12)])], UNARY[op])


def leaky_relu():
    slope = rng.choice([0.01, 0.2, 1.5])
    add("leakyRelu", {"negativeSlope": slope}, [values([2, 9])], lambda x: F.leaky_relu(x, slope))


def clamp():
    o = rng.choice([{"min": -1}, {"max": 0.5}, {"min": -0.75, "max": 1}])
    add("clamp", o, [values([2, 9])], lambda x: torch.clamp(x, **o))


def pow_scalar():
    exponent = rng.choice([0, 1, 2, 3, 0.5, -1, -2])
    add("powScalar", {"exponent": exponent}, [positive([2, 7])], lambda x: torch.pow(x, exponent))


def reduction(op):
    shape = [rng.randint(1, 5) for _ in range(rng.randint(1, 4))]
    dims = sorted(rng.sample(range(len(shape)), rng.randint(1, len(shape))))
    keepdim = maybe(0.5)
    o = {"dim": dims, "keepdim": keepdim}
    image = values(shape, -6, 6, 2)
    if op in ("variance", "std"):
        o["correction"] = rng.randint(0, 1)
        count = 1
        for d in dims:
            count *= shape[d]
        if count <= 1:
            raise ValueError
        function = torch.var if op == "variance" else torch.std
        add(op, o, [image], lambda x: function(x, dims, correction=o["correction"], keepdim=keepdim))
    elif op == "prod":

        def product(x):
            # One dimension at a time, the last first: PyTorch takes no more.
            for d in reversed(dims):
                x = torch.prod(x, d, keepdim=keepdim)
            return x

        add(op, o, [image], product)
    elif op == "norm":
        p = rng.choice([0, 1, 1.5, 2, 2, 3, math.inf, -math.inf])
        # JSON has no infinity.
        o["p"] = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(p, p)
        add(op, o, [image], lambda x: torch.linalg.vector_norm(x, p, dims, keepdim))
    elif op in ("argmax", "argmin"):
        # Which of several equals PyTorch names is not defined: all numbers differ.
        flat = list(range(image.numel()))
        rng.shuffle(flat)
        distinct = torch.tensor(flat, dtype=torch.float32).reshape(shape)
        o = {"dim": dims[0], "keepdim": keepdim}
        add(op, o, [distinct], lambda x: getattr(torch, op)(x, dims[0], keepdim).to(torch.float32), [])
    else:
        add(op, o, [image], lambda x: getattr(torch, op)(x, dims, keepdim=keepdim))


def softmax(op):
    shape = [rng.randint(1, 6) for _ in range(rng.randint(1, 4))]
    dim = rng.randrange(len(shape))
    function = F.softmax if op == "softmax" else F.log_softmax
    add(op, {"dim": dim}, [values(shape)], lambda x: function(x, dim))


# Joining and views


def join(op):
    shape = [rng.randint(1, 4) for _ in range(rng.randint(1, 4))]
    dim = rng.randrange(len(shape))
    shapes = [list(shape) for _ in range(rng.randint(1, 4))]
    if op == "concat":
        for one in shapes:
            one[dim] = rng.randint(1, 4)
    function = torch.cat if op == "concat" else torch.stack
    add(op, {"dim": dim}, [values(one) for one in shapes], lambda *x: function(x, dim))


def permute():
    order = list(range(rng.randint(1, 5)))
    rng.shuffle(order)
    add("permute", {"order": order}, [values([rng.randint(1, 4) for _ in order])], lambda x: x.permute(order))


def expand():
    shape = [rng.randint(1, 4) for _ in range(rng.randint(1, 4))]
    small = [1 if maybe(0.5) else side for side in shape][rng.randrange(len(shape)) :]
    add("expand", {"shape": shape}, [values(small)], lambda x: x.expand(shape))


def slices():
    shape = [rng.randint(2, 7) for _ in range(rng.randint(1, 4))]
    ranges = []
    for side in shape:
        start = rng.randrange(side)
        ranges.append({"start": start, "end": rng.randint(start + 1, side), "step": rng.randint(1, 3)})
    cut = tuple(slice(o["start"], o["end"], o["step"]) for o in ranges)
    add("slice", {"ranges": ranges}, [values(shape)], lambda x: x[cut])


# Normalisation and losses


def batch_norm():
    channels = rng.randint(1, 3)
    image = values([rng.randint(1, 3), channels, *pair(2, 4)])
    training, momentum, eps = maybe(0.6), rng.choice([0.1, 0.3]), rng.choice([1e-5, 1e-2])
    tensors = [image, values([channels]), values([channels]), values([channels]), positive([channels])]
    o = {"training": training, "momentum": momentum, "eps": eps}

    def compute(x, w, b, mean, var):
        mean, var = mean.clone(), var.clone()
        y = F.batch_norm(x, mean, var, w, b, training, momentum, eps)
        return y, mean, var

    add("batchNorm2d", o, tensors, compute, [0, 1, 2])


def group_norm():
    groups = rng.randint(1, 3)
    channels = groups * rng.randint(1, 2)
    image = values([rng.randint(1, 2), channels, *pair(2, 4)])
    o = {"groups": groups, "eps": rng.choice([1e-5, 1e-2])}
    add(
        "groupNorm",
        o,
        [image, values([channels]), values([channels])],
        lambda x, w, b: F.group_norm(x, groups, w, b, o["eps"]),
    )


REDUCTIONS = ["mean", "sum", "none"]


def class_loss(op):
    classes, batch = rng.randint(2, 5), rng.randint(1, 4)
    tail = pair(1, 3) if maybe(0.4) else []
    o = {"reduction": rng.choice(REDUCTIONS)}
    scores = values([batch, classes, *tail])
    extra = {}
    if maybe(0.4):
        o["ignoreIndex"] = extra["ignore_index"] = 0
    if op == "crossEntropy" and maybe(0.4):
        o["labelSmoothing"] = extra["label_smoothing"] = 0.1
    count = batch
    for side in tail:
        count *= side
    labels = torch.tensor([rng.randrange(classes) for _ in range(count)]).reshape([batch, *tail])
    if labels.max() == 0:
        raise ValueError
    weight = [positive([classes])] if maybe(0.5) else []
    function = F.cross_entropy if op == "crossEntropy" else F.nll_loss

    def compute(x, t, w=None):
        return function(x, t.to(torch.int64), weight=w, reduction=o["reduction"], **extra)

    add(op, o, [scores, labels.to(torch.float32), *weight], compute, [0])


def soft_cross_entropy():
    classes, batch = rng.randint(2, 5), rng.randint(1, 4)
    o = {"reduction": rng.choice(REDUCTIONS)}
    extra = {}
    if maybe(0.4):
        o["labelSmoothing"] = extra["label_smoothing"] = 0.2
    targets = positive([batch, classes])
    weight = [positive([classes])] if maybe(0.5) else []
    add(
        "crossEntropy",
        o,
        [values([batch, classes]), targets / targets.sum(1, keepdim=True), *weight],
        lambda x, t, w=None: F.cross_entropy(x, t, weight=w, reduction=o["reduction"], **extra),
        [0, 1],
    )


def pair_loss(op):
    shape = [rng.randint(1, 3), rng.randint(1, 6)]
    o = {"reduction": rng.choice(REDUCTIONS)}
    a, b = values(shape), values(shape)
    if op == "smoothL1Loss":
        o["beta"] = rng.choice([0.5, 1, 2])
        add(op, o, [a, b], lambda x, t: F.smooth_l1_loss(x, t, **o))
    elif op == "binaryCrossEntropy":
        a, b = values(shape, 1, 15, 16), values(shape, 0, 8)
        add(op, o, [a, b], lambda x, t: F.binary_cross_entropy(x, t, **o), [0])
    elif op == "binaryCrossEntropyWithLogits":
        b = values(shape, 0, 8)
        weight = [positive([shape[1]])] if maybe(0.5) else []
        add(
            op,
            o,
            [a, b, *weight],
            lambda x, t, w=None: F.binary_cross_entropy_with_logits(x, t, pos_weight=w, **o),
            [0],
        )
    else:
        add(op, o, [a, b], lambda x, t: (F.mse_loss if op == "mseLoss" else F.l1_loss)(x, t, **o))


PLAN = [
    (conv2d, [], 640),
    (conv_transpose2d, [], 260),
    (conv2d_second, [], 60),
    (max_pool, ["maxPool2d"], 160),
    (max_pool, ["maxPool2dWithIndices"], 100),
    (max_pool, ["minPool2d"], 80),
    (avg_pool, [], 200),
    (lp_pool, [], 50),
    (adaptive, ["adaptiveAvgPool2d"], 70),
    (adaptive, ["adaptiveMaxPool2d"], 60),
    (unpool, [], 50),
    (interpolate, [], 300),
    (shuffle, ["pixelShuffle"], 30),
    (shuffle, ["pixelUnshuffle"], 30),
    (pad, [], 140),
    (unfold, ["unfold"], 60),
    (unfold, ["fold"], 60),
    (linear, [], 40),
    (matmul, [], 70),
    *[(binary, [op], 12) for op in ("add", "sub", "mul", "div", "pow", "maximum", "minimum")],
    *[(binary, [op], 2) for op in ("equal", "less", "lessEqual", "greater", "greaterEqual")],
    (where, [], 6),
    *[(unary, [op], 5) for op in UNARY],
    (leaky_relu, [], 6),
    (clamp, [], 6),
    (pow_scalar, [], 14),
    *[(reduction, [op], 18) for op in ("sum", "mean", "amax", "amin", "variance")],
    *[(reduction, [op], 8) for op in ("argmax", "argmin")],
    (softmax, ["softmax"], 25),
    (softmax, ["logSoftmax"], 25),
    (batch_norm, [], 50),
    (group_norm, [], 30),
    (class_loss, ["crossEntropy"], 40),
    (class_loss, ["nllLoss"], 20),
    (soft_cross_entropy, [], 20),
    *[
        (pair_loss, [op], 12)
        for op in ("mseLoss", "l1Loss", "smoothL1Loss", "binaryCrossEntropy", "binaryCrossEntropyWithLogits")
    ],
    # What came later stands last: the choices before stay what they were.
    *[(reduction, [op], 24) for op in ("std", "prod", "norm")],
    (max_pool, ["minPool2dWithIndices"], 40),
    (adaptive, ["adaptiveMaxPool2dWithIndices"], 40),
    *[(global_pool, [op], 8) for op in ("globalAvgPool2d", "globalMaxPool2d")],
    *[(join, [op], 10) for op in ("concat", "stack")],
    (permute, [], 10),
    (expand, [], 10),
    (slices, [], 16),
]


def write(name, plan, seed):
    """Stores what the plan asks for, from a seed of its own."""
    rng.seed(seed)
    cases.clear()
    numbers.clear()
    for make, arguments, times in plan:
        retry(lambda: make(*arguments), times)
    header = json.dumps({"torch": torch.__version__, "seed": seed, "cases": cases}, separators=(",", ":")).encode()
    packed = struct.pack(f"<{len(numbers)}f", *numbers)
    planes = b"".join(packed[byte::4] for byte in range(4))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path, "wb") as file:
        file.write(gzip.compress(struct.pack("<I", len(header)) + header + planes, 9, mtime=0))
    print(len(cases), "cases,", len(numbers), "numbers,", os.path.getsize(path), "bytes")


if __name__ == "__main__":
    write("pytorch.bin.gz", PLAN, SEED)
