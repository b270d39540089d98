#!/usr/bin/python3
"""Writes pytorch-later.bin.gz: operations and options that came after those of generate.py, in the same form.

Run by hand, as generate.py, whose helpers it takes; the vectors before stay what they were.
"""
import torch
import torch.nn.functional as F

from generate import add, as4, as_rank, batch_shape, extent, flat_rank, maybe, pair, positive, rng, values, write

SEED = 20221127


# Resizing


def resized(x, mode, extra):
    """F.interpolate by the kernels of interleaved channels.

    Those for dense images of several channels leave out the short cut of "nearest" where a side stays or doubles,
    which their own gradient takes.
    """
    return F.interpolate(x.contiguous(memory_format=torch.channels_last), mode=mode, **extra)


FACTORS = [0.3, 0.5, 0.6, 0.9, 1, 1.05, 1.2, 1.24, 1.5, 1.9, 2, 2.1, 2.2, 2.24, 2.5, 3, 3.1]


def short_cut(mode):
    """Sides that stay or double under factors that are not 1 or 2."""
    image = values([1, 1, rng.randint(1, 5), rng.randint(1, 5)])
    factor = [rng.choice(FACTORS), rng.choice(FACTORS)]
    if not any(int(side * f) in (side, 2 * side) and f not in (1, 2) for side, f in zip(image.shape[2:], factor)):
        raise ValueError
    same = all(int(side * f) == side for side, f in zip(image.shape[2:], factor))
    if mode == "bicubic" and same:
        # PyTorch's gradient copies here, which is not the transpose of its forward.
        raise ValueError
    o = {"mode": mode.split("-")[0], "scaleFactor": factor}
    extra = {"scale_factor": factor}
    if mode == "nearest-exact":
        o["coordinates"] = "half-pixel"
    elif mode != "nearest":
        extra["align_corners"] = o["alignCorners"] = maybe(0.2)
    add("interpolate", o, [image], lambda x: resized(x, mode, extra))


def size_or_factor(shape, o, extra):
    if maybe(0.6):
        extra["size"] = o["size"] = pair(1, 9)
    else:
        extra["scale_factor"] = o["scaleFactor"] = [rng.choice(FACTORS), rng.choice(FACTORS)]


def antialias():
    image = values(batch_shape(rng.randint(1, 2), 1, 9))
    mode = rng.choice(["bilinear", "bicubic"])
    o = {"mode": mode, "antialias": True}
    extra = {"antialias": True}
    if maybe(0.3):
        extra["align_corners"] = o["alignCorners"] = maybe(0.5)
    size_or_factor(image.shape, o, extra)
    add("interpolate", o, [image], lambda x: F.interpolate(x, mode=mode, **extra))


def area():
    image = values(batch_shape(rng.randint(1, 2), 1, 9))
    o, extra = {"mode": "area"}, {}
    size_or_factor(image.shape, o, extra)
    add("interpolate", o, [image], lambda x: F.interpolate(x, mode="area", **extra))


# Padding


def strided_same():
    """TensorFlow's "SAME": ⌈i/s⌉ positions, an odd cell of padding right and bottom."""
    kernel, stride, dilation = pair(1, 4), pair(1, 4), pair(1, 2)
    image = values([1, 2, rng.randint(1, 9), rng.randint(1, 9)])
    weight = values([2, 2, *kernel])
    sides = []
    for axis in (1, 0):
        side, s = image.shape[2 + axis], stride[axis]
        both = max((-(-side // s) - 1) * s + extent(kernel[axis], dilation[axis]) - side, 0)
        sides += [both // 2, both - both // 2]
    o = {"stride": stride, "dilation": dilation, "padding": "same"}

    def compute(x, w):
        y = F.conv2d(F.pad(x, sides), w, None, stride, 0, dilation)
        assert list(y.shape[2:]) == [-(-side // s) for side, s in zip(image.shape[2:], stride)]
        return y

    add("conv2d", o, [image, weight], compute)


def far_pad():
    """Padding beyond the image: PyTorch has no such call, but makes it in steps that it has."""
    mode = rng.choice(["reflect", "circular"])
    image = values([1, 1, rng.randint(2, 4), rng.randint(2, 4)])
    sides = [rng.randint(0, 9) for _ in range(4)]

    def compute(x):
        periods = [2 * (side - 1) if mode == "reflect" else side for side in x.shape[2:]]
        for dim, period, before, after in ((2, periods[0], *sides[2:]), (3, periods[1], *sides[:2])):
            # One period of the endless image, read where the cells lie.
            flipped = x.flip(dim).narrow(dim, 1, period - x.shape[dim])
            whole = torch.cat([x, flipped], dim)
            places = torch.arange(-before, x.shape[dim] + after) % period
            x = whole.index_select(dim, places)
        return x

    add("pad", {"padding": sides, "mode": mode}, [image], compute)


# Reading by a grid


def grid_sample():
    rank = rng.choice([4, 4, 3, 2])
    image = values([rng.randint(1, 2) if rank == 4 else 1, 1 if rank == 2 else rng.randint(1, 3), *pair(1, 5)])
    mode = rng.choice(["bilinear", "bilinear", "nearest", "bicubic"])
    padding = rng.choice(["zeros", "border", "reflection"])
    align = maybe(0.5)
    # Odd multiples of 1/64: off the corners of the interpolation, where PyTorch's slopes depend on the processor.
    far = rng.choice([64, 96, 300])
    shape = [image.shape[0], *pair(1, 4), 2]
    grid = (2 * values(shape, -far // 2, far // 2, 1) + 1) / 64
    o = {"mode": mode, "paddingMode": padding, "alignCorners": align}
    if rank < 4:
        image, grid = image[0], grid[0]
    if rank == 2:
        image = image[0]

    def compute(x, g):
        y = F.grid_sample(as4(x), g.reshape(-1, *g.shape[-3:]), mode, padding, align)
        return as_rank(y, x)

    add("gridSample", o, [image, grid], compute)


def affine_grid():
    batched = maybe(0.7)
    count = rng.randint(1, 3) if batched else 1
    size = [count, rng.randint(1, 2), *pair(1, 5)]
    align = maybe(0.5)
    theta = values([count, 2, 3])
    o = {"size": size if batched else size[rng.randint(1, 2) :], "alignCorners": align}

    def compute(t):
        y = F.affine_grid(t.reshape(-1, 2, 3), size, align)
        return y if batched else y[0]

    add("affineGrid", o, [theta if batched else theta[0]], compute)


# Numbers


ACTIVATIONS = {"relu6": F.relu6, "hardSigmoid": F.hardsigmoid, "hardSwish": F.hardswish, "mish": F.mish}


def activation(op):
    add(op, {}, [values([rng.randint(1, 3), rng.randint(1, 12)], -64, 64)], ACTIVATIONS[op])


def elu():
    alpha = rng.choice([1, 0.5, 2, -0.5])
    add("elu", {"alpha": alpha}, [values([2, 9])], lambda x: F.elu(x, alpha))


def shape_and_dim():
    shape = [rng.randint(1, 6) for _ in range(rng.randint(1, 4))]
    return shape, rng.randrange(-len(shape), len(shape))


def distinct(shape):
    """Which of several equals PyTorch names is not defined: all numbers differ."""
    count = 1
    for side in shape:
        count *= side
    flat = list(range(-(count // 2), count - count // 2))
    rng.shuffle(flat)
    return (torch.tensor(flat, dtype=torch.float32) / 8).reshape(shape)


def extreme(op):
    shape, dim = shape_and_dim()
    function = getattr(torch, op)
    if maybe(0.3):
        add(op, {}, [values(shape, -6, 6, 2)], lambda x: function(x))
        return
    keepdim = maybe(0.5)
    add(op, {"dim": dim, "keepdim": keepdim}, [distinct(shape)], lambda x: list(function(x, dim, keepdim)))


def cumsum():
    shape, dim = shape_and_dim()
    add("cumsum", {"dim": dim}, [values(shape)], lambda x: torch.cumsum(x, dim))


def topk():
    shape, dim = shape_and_dim()
    k, largest = rng.randint(1, shape[dim]), maybe(0.6)
    o = {"k": k, "dim": dim, "largest": largest}
    add("topk", o, [distinct(shape)], lambda x: list(torch.topk(x, k, dim, largest)))


def linspace():
    start, end, steps = rng.randint(-16, 16) / 8, rng.randint(-16, 16) / 8, rng.randint(1, 12)
    add("linspace", {"start": start, "end": end, "steps": steps}, [], lambda: torch.linspace(start, end, steps))


PLAN = [
    *[(short_cut, [mode], times) for mode, times in (("nearest", 60), ("nearest-exact", 20), ("bilinear", 40), ("bicubic", 20))],
    (antialias, [], 120),
    (area, [], 40),
    (strided_same, [], 60),
    (far_pad, [], 40),
    (grid_sample, [], 240),
    (affine_grid, [], 24),
    *[(activation, [op], 6) for op in ACTIVATIONS],
    (elu, [], 8),
    *[(extreme, [op], 24) for op in ("max", "min")],
    (cumsum, [], 16),
    (topk, [], 32),
    (linspace, [], 8),
]

if __name__ == "__main__":
    write("pytorch-later.bin.gz", PLAN, SEED)
