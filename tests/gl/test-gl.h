/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the files of this test program share. */

#include "gl/limn-gl-private.h"

/* A cache directory of its own for each test. */
typedef struct
{
  char *cache_dir;
} Fixture;

void    fixture_set_up    (Fixture       *f,
                           gconstpointer  data);
void    fixture_tear_down (Fixture       *f,
                           gconstpointer  data);
LimnGl *fixture_open_gl   (Fixture       *f);

/* A test of a Fixture. */
#define ADD(path, function) g_test_add ("/gl/" path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

/* The kernel "test_step": y = x + 1 over n words, by storage blocks; with TEXEL also through a texture and an image. */
#define STEP_SOURCE                                                                                                    \
  "layout (local_size_x = 64) in;\n"                                                                                   \
  "layout (std140, binding = 0) uniform Params { uint n; float by; };\n"                                               \
  "layout (std430, binding = 1) buffer Y { float y[]; };\n"                                                            \
  "#ifdef TEXEL\n"                                                                                                     \
  "layout (binding = 2) uniform samplerBuffer x;\n"                                                                    \
  "layout (binding = 3, rgba32f) writeonly uniform imageBuffer z;\n"                                                   \
  "#endif\n"                                                                                                           \
  "void main () {\n"                                                                                                   \
  "  uint i = gl_GlobalInvocationID.x;\n"                                                                              \
  "  if (i >= n) return;\n"                                                                                            \
  "#ifdef TEXEL\n"                                                                                                     \
  "  vec4 v = texelFetch (x, int (i));\n"                                                                              \
  "  imageStore (z, int (i), v * by);\n"                                                                               \
  "  y[i] = v.x + v.w;\n"                                                                                              \
  "#else\n"                                                                                                            \
  "  y[i] += by;\n"                                                                                                    \
  "#endif\n"                                                                                                           \
  "}\n"
extern const LimnKernelParam step_params[2];
extern const LimnKernelBinding step_bindings[3];
extern const LimnKernelInfo step_kernel;

/* What a dispatch of it needs. */
typedef struct
{
  LimnGl       *gl;
  LimnGlBuffer *params;
  LimnGlBuffer *y;
  guint         n;
} Step;

gboolean step_init     (Step    *step,
                        LimnGl  *gl,
                        guint    n,
                        GError **error);
void     step_clear    (Step    *step);
gboolean step_run      (Step    *step,
                        GError **error);
/* Two steps in a context of their own; @stats: what became of the program. */
void     step_run_once (Fixture            *f,
                        LimnGlProgramStats *stats);

void add_device_tests   (void);
void add_buffer_tests   (void);
void add_dispatch_tests (void);
void add_program_tests  (void);

/* The other half of the test of a machine without a driver. */
int  run_without_driver (void);
