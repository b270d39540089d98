// Elementwise operations, four numbers at a time. The operation is a constant of each inlined loop, so
// that no loop asks for it.

import { exp, sigmoid, tanh } from "./exponential";

@unmanaged
class Elements {
  kind: i32;
  a: usize;
  b: usize; // for operations of one operand with a number: that number, a float32
  out: usize;
  length: i32; // of an inner line
  aStep: i32; // along a line: 0 or 1
  bStep: i32;
  rank: i32; // outer dimensions, at most 5, slowest first
  shape0: i32;
  shape1: i32;
  shape2: i32;
  shape3: i32;
  shape4: i32;
  // Then five strides of a and five of b, in bytes.
}

const SHAPE: usize = 32;
const A_STRIDES: usize = 52;
const B_STRIDES: usize = 72;

const enum Kind {
  Add,
  Sub,
  Mul,
  Div,
  Maximum,
  Minimum,
  Equal,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Gate,
  Leaky,
  Negative,
  Abs,
  Reciprocal,
  Square,
  Sqrt,
  Relu,
  Floor,
  Ceil,
  Round,
  Exp,
  Sigmoid,
  Tanh,
}

// @ts-ignore: decorator
@inline
function apply(kind: Kind, a: v128, b: v128): v128 {
  const one = f32x4.splat(1);
  if (kind == Kind.Add) return f32x4.add(a, b);
  if (kind == Kind.Sub) return f32x4.sub(a, b);
  if (kind == Kind.Mul) return f32x4.mul(a, b);
  if (kind == Kind.Div) return f32x4.div(a, b);
  if (kind == Kind.Maximum) return f32x4.max(a, b);
  if (kind == Kind.Minimum) return f32x4.min(a, b);
  if (kind == Kind.Equal) return v128.and(f32x4.eq(a, b), one);
  if (kind == Kind.Less) return v128.and(f32x4.lt(a, b), one);
  if (kind == Kind.LessEqual) return v128.and(f32x4.le(a, b), one);
  if (kind == Kind.Greater) return v128.and(f32x4.gt(a, b), one);
  if (kind == Kind.GreaterEqual) return v128.and(f32x4.ge(a, b), one);
  if (kind == Kind.Gate) return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
  if (kind == Kind.Leaky) return v128.bitselect(a, f32x4.mul(a, b), f32x4.gt(a, f32x4.splat(0)));
  if (kind == Kind.Negative) return f32x4.neg(a);
  if (kind == Kind.Abs) return f32x4.abs(a);
  if (kind == Kind.Reciprocal) return f32x4.div(one, a);
  if (kind == Kind.Square) return f32x4.mul(a, a);
  if (kind == Kind.Sqrt) return f32x4.sqrt(a);
  // Not a maximum with 0, which would turn −0 into 0.
  if (kind == Kind.Relu) return v128.andnot(a, f32x4.lt(a, f32x4.splat(0)));
  if (kind == Kind.Floor) return f32x4.floor(a);
  if (kind == Kind.Ceil) return f32x4.ceil(a);
  if (kind == Kind.Round) return f32x4.nearest(a);
  if (kind == Kind.Exp) return exp(a);
  if (kind == Kind.Sigmoid) return sigmoid(a);
  return tanh(a);
}

/** One line. What follows the output is not ours to write, so the last numbers are stored singly. */
// @ts-ignore: decorator
@inline
function line(kind: Kind, a: usize, b: usize, out: usize, count: i32, aStep: i32, bStep: i32): void {
  if (aStep && bStep) {
    for (; count >= 4; count -= 4) {
      v128.store(out, apply(kind, v128.load(a), v128.load(b)));
      a += 16;
      b += 16;
      out += 16;
    }
    if (count) storePart(out, apply(kind, v128.load(a), v128.load(b)), count);
  } else if (aStep) {
    const other = v128.load32_splat(b);
    for (; count >= 4; count -= 4) {
      v128.store(out, apply(kind, v128.load(a), other));
      a += 16;
      out += 16;
    }
    if (count) storePart(out, apply(kind, v128.load(a), other), count);
  } else {
    const one = v128.load32_splat(a);
    const both = !bStep;
    for (; count > 0; count -= 4) {
      const v = apply(kind, one, both ? v128.load32_splat(b) : v128.load(b));
      if (count >= 4) v128.store(out, v);
      else storePart(out, v, count);
      if (!both) b += 16;
      out += 16;
    }
  }
}

function storePart(to: usize, v: v128, count: i32): void {
  v128.store_lane<f32>(to, v, 0);
  if (count > 1) v128.store_lane<f32>(to + 4, v, 1);
  if (count > 2) v128.store_lane<f32>(to + 8, v, 2);
}

function dispatch(kind: i32, a: usize, b: usize, out: usize, count: i32, aStep: i32, bStep: i32): void {
  switch (kind) {
    case Kind.Add: line(Kind.Add, a, b, out, count, aStep, bStep); break;
    case Kind.Sub: line(Kind.Sub, a, b, out, count, aStep, bStep); break;
    case Kind.Mul: line(Kind.Mul, a, b, out, count, aStep, bStep); break;
    case Kind.Div: line(Kind.Div, a, b, out, count, aStep, bStep); break;
    case Kind.Maximum: line(Kind.Maximum, a, b, out, count, aStep, bStep); break;
    case Kind.Minimum: line(Kind.Minimum, a, b, out, count, aStep, bStep); break;
    case Kind.Equal: line(Kind.Equal, a, b, out, count, aStep, bStep); break;
    case Kind.Less: line(Kind.Less, a, b, out, count, aStep, bStep); break;
    case Kind.LessEqual: line(Kind.LessEqual, a, b, out, count, aStep, bStep); break;
    case Kind.Greater: line(Kind.Greater, a, b, out, count, aStep, bStep); break;
    case Kind.GreaterEqual: line(Kind.GreaterEqual, a, b, out, count, aStep, bStep); break;
    case Kind.Gate: line(Kind.Gate, a, b, out, count, aStep, bStep); break;
    case Kind.Leaky: line(Kind.Leaky, a, b, out, count, 1, 0); break;
    case Kind.Negative: line(Kind.Negative, a, b, out, count, 1, 0); break;
    case Kind.Abs: line(Kind.Abs, a, b, out, count, 1, 0); break;
    case Kind.Reciprocal: line(Kind.Reciprocal, a, b, out, count, 1, 0); break;
    case Kind.Square: line(Kind.Square, a, b, out, count, 1, 0); break;
    case Kind.Sqrt: line(Kind.Sqrt, a, b, out, count, 1, 0); break;
    case Kind.Relu: line(Kind.Relu, a, b, out, count, 1, 0); break;
    case Kind.Floor: line(Kind.Floor, a, b, out, count, 1, 0); break;
    case Kind.Ceil: line(Kind.Ceil, a, b, out, count, 1, 0); break;
    case Kind.Round: line(Kind.Round, a, b, out, count, 1, 0); break;
    case Kind.Exp: line(Kind.Exp, a, b, out, count, 1, 0); break;
    case Kind.Sigmoid: line(Kind.Sigmoid, a, b, out, count, 1, 0); break;
    default: line(Kind.Tanh, a, b, out, count, 1, 0);
  }
}

/** Numbers of a unit where both operands are one line. */
const BLOCK: i32 = 8192;

/** Dense operands or single numbers. Unit: `BLOCK` numbers. */
export function elements(args: usize, begin: i32, end: i32, scratch: usize): void {
  const e = changetype<Elements>(args);
  const first = begin * BLOCK;
  const count = min(e.length, end * BLOCK) - first;
  const at = <usize>first << 2;
  dispatch(
    e.kind,
    e.a + (e.aStep ? at : 0),
    e.b + (e.bStep ? at : 0),
    e.out + at,
    count,
    e.aStep,
    e.bStep,
  );
}

/** Broadcasting: the output is dense. Unit: one line. */
export function broadcast(args: usize, begin: i32, end: i32, scratch: usize): void {
  const e = changetype<Elements>(args);
  for (let unit = begin; unit < end; unit++) {
    let a = e.a;
    let b = e.b;
    let rest = unit;
    for (let d = e.rank - 1; d >= 0; d--) {
      const offset = <usize>d << 2;
      const side = load<i32>(args + SHAPE + offset);
      const cell = <usize>(rest % side);
      rest /= side;
      a += cell * load<usize>(args + A_STRIDES + offset);
      b += cell * load<usize>(args + B_STRIDES + offset);
    }
    dispatch(e.kind, a, b, e.out + ((<usize>unit * e.length) << 2), e.length, e.aStep, e.bStep);
  }
}

/** Copies between strided layouts; `a` is the input, `b` the output. Unit: one line. */
export function copyLines(args: usize, begin: i32, end: i32, scratch: usize): void {
  const e = changetype<Elements>(args);
  const aStep = <usize>e.aStep << 2;
  const bStep = <usize>e.bStep << 2;
  for (let unit = begin; unit < end; unit++) {
    let a = e.a;
    let b = e.b;
    let rest = unit;
    for (let d = e.rank - 1; d >= 0; d--) {
      const offset = <usize>d << 2;
      const side = load<i32>(args + SHAPE + offset);
      const cell = <usize>(rest % side);
      rest /= side;
      a += cell * load<usize>(args + A_STRIDES + offset);
      b += cell * load<usize>(args + B_STRIDES + offset);
    }
    if (aStep == 4 && bStep == 4) {
      memory.copy(b, a, <usize>e.length << 2);
      continue;
    }
    for (let i = 0; i < e.length; i++) {
      store<f32>(b, load<f32>(a));
      a += aStep;
      b += bStep;
    }
  }
}

@unmanaged
class Selection {
  condition: usize;
  a: usize;
  b: usize;
  out: usize;
  length: i32;
}

/** out = condition ≠ 0 ? a : b. Unit: `BLOCK` numbers. */
export function select(args: usize, begin: i32, end: i32, scratch: usize): void {
  const s = changetype<Selection>(args);
  const last = <usize>min(s.length, end * BLOCK) << 2;
  const zero = f32x4.splat(0);
  for (let i = <usize>(begin * BLOCK) << 2; i < last; i += 16) {
    const chosen = f32x4.ne(v128.load(s.condition + i), zero);
    const v = v128.bitselect(v128.load(s.a + i), v128.load(s.b + i), chosen);
    if (i + 16 <= last) v128.store(s.out + i, v);
    else storePart(s.out + i, v, <i32>((last - i) >> 2));
  }
}
