/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnGlClass:
 *
 * What kind of device it is, as far as tile sizes and manners depend on it. LIMN_GL_SOFTWARE computes on the
 * processor (llvmpipe and its like): its memory is the machine's, its timestamps mean nothing.
 */
typedef enum
{
  LIMN_GL_SOFTWARE,
  LIMN_GL_NVIDIA,
  LIMN_GL_AMD,
  LIMN_GL_INTEL,
  LIMN_GL_OTHER,
} LimnGlClass;

/**
 * LimnGlLimits:
 * @max_storage_bytes: largest range one STORAGE binding may have; the device's or LimnGlOptions.max_storage_bytes,
 *   whichever is smaller. GL 4.5 guarantees 128 MiB
 * @max_uniform_bytes: largest UNIFORM range; at least 16 KiB
 * @max_texels: texels in one TEXEL or IMAGE range; at least 65536, and at most max_storage_bytes / 16, so that a
 *   forced limit forces these bindings into slabs too
 * @max_buffer_bytes: largest buffer that limn_gl_buffer_new() makes; a buffer may be larger than a binding
 * @storage_alignment, @uniform_alignment, @texel_alignment: the offset of such a binding is a multiple of this
 * @max_shared_bytes: compute shared memory; at least 32 KiB
 * @max_groups: work groups per dimension; at least 65535
 * @max_group_size, @max_invocations: local size per dimension and in all; at least 1024, 1024, 64; 1024
 * @max_storage_bindings: STORAGE bindings per kernel, numbered below this; at least 8
 * @max_image_bindings: the same for IMAGE; at least 8
 * @max_texel_bindings: the same for TEXEL; at least 16
 * @subgroup: GL_KHR_shader_subgroup; @subgroup_size is then its size, else 0
 * @half_arithmetic: a 16-bit float type (GL_NV_gpu_shader5, GL_AMD_gpu_shader_half_float or
 *   GL_EXT_shader_explicit_arithmetic_types_float16)
 * @int8_storage: an 8-bit integer type (GL_NV_gpu_shader5 or GL_EXT_shader_explicit_arithmetic_types_int8)
 * @extensions: (array zero-terminated=1): names of all GL extensions, sorted
 */
typedef struct
{
  gsize               max_storage_bytes;
  gsize               max_uniform_bytes;
  gsize               max_texels;
  gsize               max_buffer_bytes;
  guint               storage_alignment;
  guint               uniform_alignment;
  guint               texel_alignment;
  guint               max_shared_bytes;
  guint               max_groups[3];
  guint               max_group_size[3];
  guint               max_invocations;
  guint               max_storage_bindings;
  guint               max_image_bindings;
  guint               max_texel_bindings;
  guint               subgroup_size;
  gboolean            subgroup;
  gboolean            half_arithmetic;
  gboolean            int8_storage;
  const char * const *extensions;
} LimnGlLimits;

/**
 * LimnGlDevice:
 * @index: its place in limn_gl_list_devices(), hardware first; what LimnGlOptions.device takes
 * @name: GL_RENDERER
 * @vendor: GL_VENDOR
 * @driver: GL_VERSION
 * @memory_bytes: of the device where the driver tells (NVIDIA, AMD), the machine's for software, 0 unknown
 *
 * Immutable. Thread-safety: any.
 */
typedef struct
{
  guint        index;
  const char  *name;
  const char  *vendor;
  const char  *driver;
  LimnGlClass  device_class;
  guint64      memory_bytes;
  LimnGlLimits limits;
} LimnGlDevice;

/**
 * LimnGlOptions: zero means the default
 * @device: (nullable): a number from limn_gl_list_devices(), or part of a name in any case; NULL: the first
 *   hardware device, else software
 * @max_storage_bytes: see LimnGlLimits; 0: the device's own. A small value forces slabs in tests; it is
 *   raised to 64 KiB where it is less
 * @budget_bytes: limn_gl_buffer_new() refuses to go beyond; 0: nine tenths of the device's memory where known
 * @cache_dir: (nullable): NULL: `limn` in the user's XDG cache directory
 * @debug: a debug context: driver messages go to g_debug, objects and dispatches carry labels, and new buffers
 *   are filled with NaN so that a read before the first write shows
 */
typedef struct
{
  const char *device;
  gsize       max_storage_bytes;
  guint64     budget_bytes;
  const char *cache_dir;
  gboolean    debug;
} LimnGlOptions;

/**
 * LimnGl:
 *
 * An OpenGL 4.5 core context of our own, without a surface, sharing nothing with GTK. Low priority where the
 * driver offers that: the desktop goes first.
 *
 * Owned by the thread that made it: every function that takes it, or anything made from it, is called there and
 * nowhere else (asserted). Several may exist at a time, on one thread or on several. Whatever is made from it is
 * freed before it.
 *
 * Thread-safety: owner thread.
 */
typedef struct _LimnGl LimnGl;

/**
 * limn_gl_list_devices:
 *
 * Every device on which an OpenGL 4.5 context can be made, hardware first, software last. Opens each one for a
 * moment: milliseconds for software, up to a second for hardware.
 *
 * Any thread; leaves that thread's current context as it was.
 * Fails with LIMN_ERROR_NO_GPU, saying what was found, when there is none.
 *
 * Returns: (transfer full) (element-type LimnGlDevice): never empty
 */
GPtrArray          *limn_gl_list_devices        (GError              **error);

LimnGlDevice       *limn_gl_device_copy         (const LimnGlDevice   *device);
void                limn_gl_device_free         (LimnGlDevice         *device);

/** limn_gl_class_get_name: "software", "nvidia", "amd", "intel", "other"; any thread. */
const char         *limn_gl_class_get_name      (LimnGlClass           device_class);

/**
 * limn_gl_new:
 * @options: (nullable): NULL: all defaults
 *
 * The calling thread becomes the owner. Fails with LIMN_ERROR_NO_GPU when no device offers OpenGL 4.5 or none is
 * called @options->device; the message lists what there is.
 */
LimnGl             *limn_gl_new                 (const LimnGlOptions  *options,
                                                 GError              **error);
void                limn_gl_free                (LimnGl               *gl);

/** limn_gl_get_device: (transfer none): lives as long as @gl; limits as narrowed by the options. */
const LimnGlDevice *limn_gl_get_device          (const LimnGl         *gl);
const LimnGlLimits *limn_gl_get_limits          (const LimnGl         *gl);
gboolean            limn_gl_has_extension       (const LimnGl         *gl,
                                                 const char           *name);

/**
 * limn_gl_get_driver_key:
 *
 * SHA-256, in hexadecimal, over vendor, renderer and version: another driver or another version of it has another
 * key. For file names of what was measured or compiled on this driver.
 */
const char         *limn_gl_get_driver_key      (const LimnGl         *gl);
const char         *limn_gl_get_cache_dir       (const LimnGl         *gl);

/** limn_gl_get_allocated_bytes: the sizes of all living buffers of @gl. Owner thread. */
guint64             limn_gl_get_allocated_bytes (const LimnGl         *gl);

/** limn_gl_get_budget_bytes: what limn_gl_get_allocated_bytes() may reach; G_MAXUINT64 where unknown. */
guint64             limn_gl_get_budget_bytes    (const LimnGl         *gl);
void                limn_gl_set_budget_bytes    (LimnGl               *gl,
                                                 guint64               bytes);

/**
 * limn_gl_check:
 *
 * Whether anything went wrong since the last call: the calls that record work return nothing, so look here at
 * each fence and before a result is believed. Costs a round trip to the driver (microseconds), does not wait for
 * the GPU.
 *
 * Fails with LIMN_ERROR_DEVICE_LOST when the GPU was reset (free everything made from @gl, then @gl; a new
 * context may work), LIMN_ERROR_OUT_OF_MEMORY, LIMN_ERROR_UNSUPPORTED for any other GL error. A lost context
 * stays lost; other errors are reported once.
 */
gboolean            limn_gl_check               (LimnGl               *gl,
                                                 GError              **error);
gboolean            limn_gl_is_lost             (LimnGl               *gl);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGl, limn_gl_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGlDevice, limn_gl_device_free)

G_END_DECLS
