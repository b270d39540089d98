// Reading images at places that each result names, alike in all channels, and the two transposes of it.

@unmanaged
class Sampling {
  source: usize; // planes of `large` cells; of the gradient `small` cells
  cells: usize; // i32 [batch][taps][small], -1 for none
  weights: usize; // of the weights' gradient: the planes of `large` cells
  out: usize;
  channels: i32;
  taps: i32;
  large: i32;
  small: i32;
}

/** Unit: one plane. */
export function sample(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Sampling>(args);
  const step = <usize>a.small << 2;
  for (let plane = begin; plane < end; plane++) {
    const source = a.source + ((<usize>plane * a.large) << 2);
    const first = <usize>(plane / a.channels) * a.taps * step;
    let out = a.out + <usize>plane * step;
    for (let at = first; at < first + step; at += 4) {
      let sum: f32 = 0;
      let tap = at;
      for (let t = 0; t < a.taps; t++) {
        const cell = load<i32>(a.cells + tap);
        if (cell >= 0) sum += load<f32>(a.weights + tap) * load<f32>(source + (<usize>cell << 2));
        tap += step;
      }
      store<f32>(out, sum);
      out += 4;
    }
  }
}

/** Unit: one plane. */
export function sampleGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Sampling>(args);
  const step = <usize>a.small << 2;
  for (let plane = begin; plane < end; plane++) {
    const out = a.out + ((<usize>plane * a.large) << 2);
    memory.fill(out, 0, <usize>a.large << 2);
    const first = <usize>(plane / a.channels) * a.taps * step;
    let source = a.source + <usize>plane * step;
    for (let at = first; at < first + step; at += 4) {
      const g = load<f32>(source);
      let tap = at;
      for (let t = 0; t < a.taps; t++) {
        const cell = load<i32>(a.cells + tap);
        if (cell >= 0) {
          const to = out + (<usize>cell << 2);
          store<f32>(to, load<f32>(to) + load<f32>(a.weights + tap) * g);
        }
        tap += step;
      }
      source += 4;
    }
  }
}

/** Unit: one tap of one image. */
export function sampleWeightGradient(args: usize, begin: i32, end: i32, scratch: usize): void {
  const a = changetype<Sampling>(args);
  const step = <usize>a.small << 2;
  const plane = <usize>a.large << 2;
  for (let line = begin; line < end; line++) {
    const channel = <usize>(line / a.taps) * a.channels;
    const images = a.weights + channel * plane;
    const gradients = a.source + channel * step;
    const from = <usize>line * step;
    for (let at: usize = 0; at < step; at += 4) {
      const cell = load<i32>(a.cells + from + at);
      let sum: f32 = 0;
      if (cell >= 0) {
        let image = images + (<usize>cell << 2);
        let gradient = gradients + at;
        for (let c = 0; c < a.channels; c++) {
          sum += load<f32>(gradient) * load<f32>(image);
          image += plane;
          gradient += step;
        }
      }
      store<f32>(a.out + from + at, sum);
    }
  }
}
