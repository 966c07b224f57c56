// What a convolution reads, looked up by window and tap. A tap is a place in the window, ky * k + kx.
//
// Maps are NHWC, weights [Cout, Cin, k, k].
#pragma once

// The map x is [n, height, width, inputs], the result [n, rows, columns, outputs].
struct Geometry {
  int images;
  int height;
  int width;
  int inputs;
  int rows;
  int columns;
  int outputs;
  int kernel;
  int stride;
  int padding;
};

// The element of x that a window of the n * rows * columns reads by a tap; 0 in the padding.
__device__ __forceinline__ float inWindow(const float* x, const Geometry& g, int window, int tap, int input) {
  int y = window / g.columns % g.rows * g.stride - g.padding + tap / g.kernel;
  int column = window % g.columns * g.stride - g.padding + tap % g.kernel;
  bool inside = y >= 0 && y < g.height && column >= 0 && column < g.width;
  long image = window / g.columns / g.rows;
  return inside ? x[((image * g.height + y) * g.width + column) * g.inputs + input] : 0.0f;
}

// The gradient of the window that reads a pixel of the n * height * width by a tap; 0 if none does (with stride s, one
// tap in s does).
__device__ __forceinline__ float ofReader(const float* gradOut, const Geometry& g, int pixel, int tap, int output) {
  int top = pixel / g.width % g.height + g.padding - tap / g.kernel;
  int left = pixel % g.width + g.padding - tap % g.kernel;
  int row = top / g.stride;
  int column = left / g.stride;
  bool inside = top >= 0 && left >= 0 && row * g.stride == top && column * g.stride == left && row < g.rows
      && column < g.columns;
  long image = pixel / g.width / g.height;
  return inside ? gradOut[((image * g.rows + row) * g.columns + column) * g.outputs + output] : 0.0f;
}
