/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * CIELAB of sRGB colours: L* 0..100, a* and b* around 0; white is sRGB's own, D65 (so that every grey has a* = b* = 0).
 * RGB is 0..1 in sRGB's stored (gamma) values; what lies outside sRGB has values outside. Pure functions: any thread.
 *
 * Source: IEC 61966-2-1; CIE 15:2004, section 8.2.1.
 */

void     limn_lab_from_rgb  (const double  rgb[3],
                             double        lab[3]);
void     limn_lab_to_rgb    (const double  lab[3],
                             double        rgb[3]);

/** limn_lab_from_rgb8: of three bytes. */
void     limn_lab_from_rgb8 (const guint8  rgb[3],
                             double        lab[3]);

/**
 * limn_lab_to_rgb8:
 *
 * The nearest bytes to the colour of the same L* and hue that has as much of its chroma as sRGB can show: L* is kept, what does not fit is
 * paler. L* below 0 or above 100 is black or white.
 */
void     limn_lab_to_rgb8   (const double  lab[3],
                             guint8        rgb[3]);

/**
 * limn_lab_difference:
 *
 * CIEDE2000 with kL = kC = kH = 1: how different two colours look; about 1 is what can just be seen side by side. Symmetric.
 *
 * Source: Sharma, Wu, Dalal: The CIEDE2000 Color-Difference Formula, 2005.
 */
double   limn_lab_difference (const double a[3],
                              const double b[3]);

G_END_DECLS
