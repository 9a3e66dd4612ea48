/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/limn-error.h"
#include "gl/limn-gl-dispatch.h"
#include "gl/limn-gl-hooks.h"
#include "gl/limn-kernel-info.h"

#include <epoxy/egl.h>
#include <epoxy/gl.h>

G_BEGIN_DECLS

typedef struct
{
  GLuint  buffer;
  gsize   offset;
  gsize   size;
} LimnGlRange;

typedef struct
{
  GLuint  texture;
  GLenum  format;
} LimnGlUnit;

/* A kernel as a driver may see it: @bound: what stands under each binding number. No padding: it is hashed by its bytes. */
typedef struct
{
  GLuint  program;
  guint8  bound[LIMN_GL_N_BINDINGS];
} LimnGlRun;

struct _LimnGl
{
  GThread            *owner;
  EGLDisplay          display;
  EGLContext          context;
  LimnGlDevice       *device;
  char               *driver_key;
  char               *cache_dir;
  gboolean            debug;
  guint64             budget_bytes;
  guint64             allocated_bytes;
  guint               n_living; /* buffers, fences, timers */

  /* The first thing that went wrong since limn_gl_check(). */
  GError             *pending;
  gboolean            lost;
  gint64              inject_after; /* dispatches until an injected reset; negative: none */

  int                 packs_exactly; /* see limn-gl-program.c; negative: not tried yet */

  /* What is bound, so that it is not bound again. */
  GLuint              bound_program;
  LimnGlRange         bound_storage[LIMN_GL_N_BINDINGS];
  LimnGlRange         bound_uniform[LIMN_GL_N_BINDINGS];
  GLuint              bound_texture[LIMN_GL_N_BINDINGS];
  LimnGlUnit          bound_image[LIMN_GL_N_BINDINGS];

  GHashTable         *programs; /* "kernel\nNAME=VALUE\n..." -> LimnGlProgram */
  GHashTable         *kernels;  /* name -> LimnKernelInfo, not owned */
  GHashTable         *runs;     /* LimnGlRun -> itself: what was dispatched */
  LimnGlProgramStats  stats;
};

typedef struct
{
  EGLDisplay    display;
  EGLContext    context;
  LimnGlDevice *device;
} LimnGlOpened;

struct _LimnGlBuffer
{
  LimnGl     *gl;
  GLuint      name;
  gsize       size;      /* as asked for */
  gsize       gl_size;   /* a multiple of 16 */
  char       *label;
  GHashTable *textures;  /* LimnGlTexture -> itself; NULL until the first */
};

struct _LimnGlProgram
{
  LimnGl               *gl;
  const LimnKernelInfo *kernel;
  char                 *name;
  char                 *hash;
  GLuint                id;
  guint                 group_size[3];
  /* Bits of the binding numbers that the linked program reads or writes. */
  guint                 needs_storage;
  guint                 needs_texel;
  guint                 needs_image;
  guint                 needs_uniform;
};

/* limn-gl-device.c */

/* Opens the device that @wanted names (NULL: the best), its context current on this thread. */
gboolean  limn_gl_open_device      (const char    *wanted,
                                    gboolean       debug,
                                    LimnGlOpened  *opened,
                                    GError       **error);

/* limn-gl.c */

/* Makes the context current if another one is; asserts the thread. FALSE: lost, make no GL call whose answer counts. */
gboolean  limn_gl_enter            (LimnGl        *gl);
/* Keeps the first error until limn_gl_check(). */
void      limn_gl_set_pending      (LimnGl        *gl,
                                    LimnErrorCode  code,
                                    const char    *format,
                                    ...) G_GNUC_PRINTF (3, 4);
void      limn_gl_set_lost         (LimnGl        *gl);
gboolean  limn_gl_fail_if_lost     (LimnGl        *gl,
                                    GError       **error);
void      limn_gl_label            (LimnGl        *gl,
                                    GLenum         kind,
                                    GLuint         name,
                                    const char    *label);

/* limn-gl-dispatch.c */
guint     limn_gl_run_hash         (gconstpointer  run);
gboolean  limn_gl_run_equal        (gconstpointer  a,
                                    gconstpointer  b);

/* limn-gl-buffer.c */

/* A plan that changes shape leaves textures behind; with this many on one buffer all are made anew. */
#define LIMN_GL_MAX_TEXTURES 4096

/* Between dispatches only: what is bound may go. */
void      limn_gl_buffer_trim_textures (LimnGlBuffer *buffer);
GLuint    limn_gl_buffer_get_texture (LimnGlBuffer *buffer,
                                      gsize         offset,
                                      gsize         size,
                                      GLenum        format);

/* limn-gl-program-cache.c: a folder of program binaries, trusted only after a checksum */
gboolean  limn_gl_program_cache_load  (LimnGl       *gl,
                                       const char   *key,
                                       GLuint        program);
void      limn_gl_program_cache_store (LimnGl       *gl,
                                       const char   *key,
                                       GLuint        program);
char     *limn_gl_program_cache_path  (LimnGl       *gl,
                                       const char   *key);

G_END_DECLS
