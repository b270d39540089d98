#!/usr/bin/python3
"""Writes range.json.gz: what PyTorch computes of very large, very small and non-finite numbers.

Run by hand, as generate.py. A case is {op, options, inputs, upstream, results, gradients}; an array is {shape, values},
and numbers that JSON has no word for are the strings "nan", "inf" and "-inf". Gradients are those of the first input.

Finite inputs are computed in double precision and rounded once: float32 on the way is what is tested. Inputs with an
infinity or NaN are computed in float32, for there PyTorch's own float32 result is the rule.
"""
import gzip
import json
import math
import os
import random

import torch
import torch.nn.functional as F

rng = random.Random(20221014)
torch.set_num_threads(1)
cases = []


def listed(t):
    def word(value):
        if math.isnan(value):
            return "nan"
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return float("%.9g" % value)

    values = [word(value) for value in t.detach().to(torch.float32).flatten().tolist()]
    return {"shape": list(t.shape), "values": values}


def add(op, options, inputs, compute):
    finite = all(bool(torch.isfinite(t).all()) for t in inputs)
    kept = [t.to(torch.float64 if finite else torch.float32) for t in inputs]
    leaf = kept[0].clone().requires_grad_(True)
    result = compute(leaf, *kept[1:])
    upstream = torch.tensor([rng.randint(-8, 8) / 8 for _ in range(result.numel())]).reshape(result.shape)
    (gradient,) = torch.autograd.grad(result, [leaf], upstream.to(result.dtype))
    cases.append(
        {
            "op": op,
            "options": options,
            "inputs": [listed(t) for t in inputs],
            "upstream": listed(upstream),
            "results": [listed(result)],
            "gradients": [listed(gradient)],
        }
    )


def numbers(shape, scales):
    count = math.prod(shape)
    flat = [rng.choice([-1, 1]) * rng.uniform(0.5, 2) * 10 ** scales[i % len(scales)] for i in range(count)]
    return torch.tensor(flat, dtype=torch.float32).reshape(shape)


def sweep(scales, odd=None):
    def x(*shape, positive=False):
        made = numbers(shape, scales)
        if odd is not None:
            made.view(-1)[1] = odd
        return made.abs() if positive else made

    add("std", {"dim": 1}, [x(2, 6)], lambda t: t.std(1))
    add("std", {"dim": 0, "correction": 0}, [x(3, 4)], lambda t: t.std(0, unbiased=False))
    add("variance", {"dim": 1}, [x(2, 6)], lambda t: t.var(1))
    add("mean", {}, [x(2, 6)], lambda t: t.mean())
    for p in (1, 2, 3):
        add("norm", {"p": p, "dim": 1}, [x(2, 6)], lambda t: torch.linalg.vector_norm(t, p, 1))
    target = x(2, 6)
    for op, loss in (("mseLoss", F.mse_loss), ("l1Loss", F.l1_loss), ("smoothL1Loss", F.smooth_l1_loss)):
        for reduction in ("mean", "none"):
            options = {"reduction": reduction}
            add(op, options, [x(2, 6), target], lambda t, y: loss(t, y, reduction=reduction))
    soft = torch.tensor([0, 0.25, 0.5, 1, 0.75, 0.5])
    if odd != -math.inf:  # PyTorch subtracts infinities there, of a loss that is infinite.
        add(
            "binaryCrossEntropyWithLogits",
            {"reduction": "mean"},
            [x(6), soft],
            lambda t, y: F.binary_cross_entropy_with_logits(t, y),
        )
    labels = torch.tensor([1.0, 3.0, 0.0])
    add("crossEntropy", {"reduction": "mean"}, [x(3, 4), labels], lambda t, y: F.cross_entropy(t, y.long()))
    add("softmax", {"dim": 1}, [x(2, 5)], lambda t: F.softmax(t, 1))
    add("logSoftmax", {"dim": 1}, [x(2, 5)], lambda t: F.log_softmax(t, 1))
    add("avgPool2d", {"kernelSize": 2}, [x(1, 1, 4, 6)], lambda t: F.avg_pool2d(t, 2))
    add("lpPool2d", {"normType": 2, "kernelSize": 2}, [x(1, 1, 4, 6)], lambda t: F.lp_pool2d(t, 2, 2))
    weight, bias = numbers([4], [0]), numbers([4], [0])
    # Without eps tiny numbers count; with it PyTorch's float32 has no 0/0.
    eps = 1e-5 if odd is not None else 0
    add(
        "groupNorm",
        {"groups": 2, "eps": eps},
        [x(1, 4, 2, 2), weight, bias],
        lambda t, w, b: F.group_norm(t, 2, w, b, eps),
    )


for power in (-37, -30, -25, -20, -15, -8, 8, 15, 19, 20, 25, 30, 37):
    sweep([power])
for mixed in ([37, -37], [-20, 20, 0], [20, 19, 18, 17]):
    sweep(mixed)
for odd in (math.inf, -math.inf, math.nan):
    sweep([0], odd)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "range.json.gz")
with open(path, "wb") as file:
    file.write(gzip.compress(json.dumps(cases, separators=(",", ":")).encode(), 9, mtime=0))
print(len(cases), "cases,", os.path.getsize(path), "bytes")
