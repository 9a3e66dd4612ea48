// SPDX-License-Identifier: GPL-3.0-or-later
// winograd.glsl - what winograd_input.comp and winograd_output.comp share
//
//   y = A^T [ (G g G^T) . (B^T d B) ] A      for each 4 x 4 tile of output pixels
//
// F(4x4, 3x3) on the points 0, 1, -1, 2, -2, infinity (Lavin & Gray 2015, section 4.3): 36 multiplications in place of 144.
// The products in the middle are 36 matrix products, one for each place (i, j) of the transformed 6 x 6 tile.
// transformed, product   F32 [36, plane, 1, C], plane >= tiles: a plane is a few lines longer where 36 streams would
//                        otherwise stand a power of two apart and chase each other out of the cache
layout (std140, binding = 0) uniform Params
{
  uint tiles;         // of this dispatch
  uint first_tile;    // of this dispatch, over all samples
  uint plane;         // rows from place to place
  uint columns;       // C in texels
  uint tile_columns;  // tiles from left to right
  uint tile_rows;
  int height;         // of the output picture, which is that of the doubled x
  int width;
  int x_base;         // x of input, transformed product of output
  int x_pitch;
  int x_first;        // first row of x that is bound
  int doubling;
  uint y_base;
  uint y_pitch;
  int bias_base;      // the rest of output alone; -1: none
  int sample_base;
  int sample_pitch;
  int residual_base;
  int residual_pitch;
  int y_first;        // first row of y, and of the residual, that is bound
};

// Which tile: sample, and the pixel of the output where it begins.
ivec3
tile_place (uint tile)
{
  uint in_sample = tile % (tile_columns * tile_rows);

  return ivec3 (int (in_sample % tile_columns) * 4, int (in_sample / tile_columns) * 4, int (tile / (tile_columns * tile_rows)));
}
