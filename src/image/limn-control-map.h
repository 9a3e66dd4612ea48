/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * LimnControlMapKind: what is made of a picture before a ControlNet sees it
 * @LIMN_CONTROL_MAP_NONE: nothing: it is a map already
 * @LIMN_CONTROL_MAP_EDGE: white lines of one pixel on black, where brightness changes: for ControlNets of "canny" edges
 * @LIMN_CONTROL_MAP_LUMINANCE: its lightness in greys, CIE L*: what is where and how bright, without colours
 * @LIMN_CONTROL_MAP_SCRIBBLE: white strokes on black, where a pen would draw: for ControlNets of scribbles, sketches and line art
 * @LIMN_CONTROL_MAP_INVERT: its negative: a drawing in black on white becomes what ControlNets of lines look at
 */
typedef enum
{
  LIMN_CONTROL_MAP_NONE,
  LIMN_CONTROL_MAP_EDGE,
  LIMN_CONTROL_MAP_LUMINANCE,
  LIMN_CONTROL_MAP_SCRIBBLE,
  LIMN_CONTROL_MAP_INVERT,
} LimnControlMapKind;

#define LIMN_CONTROL_MAP_N_KINDS (LIMN_CONTROL_MAP_INVERT + 1)

/** limn_control_map_kind_get_name: for files: "edge"; limn_control_map_kind_from_name: LIMN_ERROR_INVALID, naming all. */
const char *limn_control_map_kind_get_name  (LimnControlMapKind  kind);
gboolean    limn_control_map_kind_from_name (const char         *name,
                                             LimnControlMapKind *kind,
                                             GError            **error);

/** limn_control_map_kind_guess: what the ControlNet that is called @name was shown, as far as names of those that are published say it: "canny",
 *  "scribble"; NONE where it says nothing, or what only another network could make, as depth. */
LimnControlMapKind limn_control_map_kind_guess (const char *name);

/** limn_control_map_is_made: whether @image looks like a map of @kind already: without colours and, of lines and strokes, three quarters of it black.
 *  FALSE for NONE and INVERT. Pure; any thread. */
gboolean    limn_control_map_is_made        (LimnImage          *image,
                                             LimnControlMapKind  kind);

/**
 * limn_control_map_new:
 * @image: of the size at which it will be looked at: lines are as wide as pixels are. What is transparent is white, like paper
 *
 * EDGE: the luma (ITU-R BT.601) smoothed by a Gaussian of 1 pixel, its gradient by Sobel's operator, kept where it is the largest along its own
 * direction, and from 200 on, or from 100 on where that leads to such a one: the unit is the operator's answer to a step that was not smoothed, 4 for each
 * of 255 levels, so that these numbers mean what they mean elsewhere.
 * SCRIBBLE: where luma smoothed by half a pixel is darker by 16 levels than smoothed by 5 (more in pictures whose shorter side has more than 512
 * pixels, in proportion), specks left out.
 *
 * Pure; any thread; up to 0.5 s a megapixel. Returns: (transfer full): RGB, of @image's size
 *
 * Source: Canny: A Computational Approach to Edge Detection, 1986; Winnemöller, Kyprianidis, Olsen: XDoG, 2012, section 2.
 */
LimnImage  *limn_control_map_new            (LimnImage          *image,
                                             LimnControlMapKind  kind,
                                             GError            **error);

G_END_DECLS
