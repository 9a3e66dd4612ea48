/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"

G_BEGIN_DECLS

/**
 * LimnGlProbe:
 * @fma_gflops: float32 multiply-adds on registers alone, two operations each, 1e9/s
 * @copy_gbps: device to device, bytes read plus bytes written, 1e9/s
 */
typedef struct
{
  double fma_gflops;
  double copy_gbps;
} LimnGlProbe;

/**
 * limn_gl_probe:
 *
 * What this device can do at most, by micro-benchmarks of our own: the yardstick of `bench`. The best of several
 * variants and repetitions; takes about a second and up to 128 MiB. Waits.
 *
 * Fails as limn_gl_get_program(), limn_gl_buffer_new() and limn_gl_check() do.
 */
gboolean limn_gl_probe (LimnGl       *gl,
                        LimnGlProbe  *probe,
                        GError      **error);

G_END_DECLS
