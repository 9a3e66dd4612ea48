/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * From a kernel's name and defines to a linked program: memory, disk, compiler. The check after linking is done for
 * binaries from disk as well; it holds the driver's view of the program against what build-kernels.py read from the
 * same text, and so guards the packed C structs against a driver (or a parser) that lays out otherwise.
 */

#include "gl/limn-gl-private.h"

#include "base/limn-half.h"
#include "gl/limn-kernels.h"

#include <gio/gio.h>
#include <string.h>

GResource *limn_kernels_get_resource (void);

static gboolean packs_exactly (LimnGl *gl);

static gboolean
is_define (const char *text)
{
  const char *at = text;

  if (!g_ascii_isalpha (*at) && *at != '_')
    return FALSE;
  while (g_ascii_isalnum (*at) || *at == '_')
    at++;
  return *at == '\0' || (*at == '=' && strpbrk (at, "\r\n\\") == NULL);
}

static gsize
define_name_length (const char *define)
{
  return strcspn (define, "=");
}

static int
compare_defines (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* The defines sorted, or NULL with @error. */
static GPtrArray *
sort_defines (const char          *kernel,
              const char * const  *defines,
              GError             **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (gsize i = 0; defines != NULL && defines[i] != NULL; i++)
    {
      if (!is_define (defines[i]))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "Kernel %s: \"%s\" is no NAME=VALUE.", kernel,
                       defines[i]);
          return NULL;
        }
      g_ptr_array_add (sorted, (gpointer) defines[i]);
    }
  g_ptr_array_sort (sorted, compare_defines);
  for (guint i = 1; i < sorted->len; i++)
    {
      const char *last = sorted->pdata[i - 1], *define = sorted->pdata[i];
      gsize n = define_name_length (define);

      if (n == define_name_length (last) && strncmp (last, define, n) == 0)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "Kernel %s is given both %s and %s.", kernel, last,
                       define);
          return NULL;
        }
    }
  return g_steal_pointer (&sorted);
}

static char *
join_defines (const char *kernel,
              GPtrArray  *defines)
{
  GString *name = g_string_new (kernel);

  for (guint i = 0; i < defines->len; i++)
    g_string_append_printf (name, " %s", (const char *) defines->pdata[i]);
  return g_string_free (name, FALSE);
}

static gboolean
is_given (GPtrArray  *defines,
          const char *name)
{
  gsize n = strlen (name);

  for (guint i = 0; i < defines->len; i++)
    if (strncmp (defines->pdata[i], name, n) == 0 && define_name_length (defines->pdata[i]) == n)
      return TRUE;
  return FALSE;
}

/* A kernel with its includes, as the build resolved them. */
static GBytes *
get_text (const LimnKernelInfo  *kernel,
          GError               **error)
{
  g_autofree char *path = NULL;

  if (kernel->source != NULL)
    return g_bytes_new_static (kernel->source, strlen (kernel->source));
  path = g_strdup_printf ("/io/github/limn_app/Limn/kernels/%s.comp", kernel->name);
  return g_resource_lookup_data (limn_kernels_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
}

static char *
build_source (LimnGl                *gl,
              const LimnKernelInfo  *kernel,
              GPtrArray             *defines,
              GError               **error)
{
  g_autoptr (GString) source = g_string_new ("#version 450 core\n");
  g_autoptr (GBytes) text = get_text (kernel, error);

  if (text == NULL)
    return NULL;

  for (guint i = 0; i < defines->len; i++)
    {
      const char *define = defines->pdata[i];
      gsize n = define_name_length (define);

      g_string_append_printf (source, "#define %.*s %s\n", (int) n, define, define[n] == '=' ? define + n + 1 : "1");
    }
  if (!is_given (defines, "HALF_EXACT")
      && g_strstr_len (g_bytes_get_data (text, NULL), g_bytes_get_size (text), "HALF_EXACT") != NULL
      && !packs_exactly (gl))
    g_string_append (source, "#define HALF_EXACT 1\n");
  g_string_append_len (source, g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  return g_string_free (g_steal_pointer (&source), FALSE);
}

static char *
number_lines (const char *source)
{
  g_auto (GStrv) lines = g_strsplit (source, "\n", -1);
  GString *numbered = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i + 1] != NULL || *lines[i] != '\0')
      g_string_append_printf (numbered, "%4u  %s\n", i + 1, lines[i]);
  return g_string_free (numbered, FALSE);
}

static void
set_build_error (LimnGlProgram  *program,
                 const char     *what,
                 const char     *log,
                 const char     *source,
                 GError        **error)
{
  g_autofree char *numbered = number_lines (source);

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
               "The graphics driver cannot %s one of Limn's kernels.\nKernel: %s\nDriver: %s, %s\n%s\n%s", what,
               program->name, program->gl->device->name, program->gl->device->driver, log, numbered);
}

static gboolean
compile (LimnGlProgram  *program,
         const char     *source,
         GError        **error)
{
  GLuint shader = glCreateShader (GL_COMPUTE_SHADER);
  GLint ok = GL_FALSE, length = 0;

  glShaderSource (shader, 1, &source, NULL);
  glCompileShader (shader);
  glGetShaderiv (shader, GL_COMPILE_STATUS, &ok);
  if (!ok)
    {
      g_autofree char *log = NULL;

      glGetShaderiv (shader, GL_INFO_LOG_LENGTH, &length);
      log = g_malloc0 (MAX (length, 0) + 1);
      glGetShaderInfoLog (shader, length, NULL, log);
      set_build_error (program, "compile", log, source, error);
      glDeleteShader (shader);
      return FALSE;
    }
  glProgramParameteri (program->id, GL_PROGRAM_BINARY_RETRIEVABLE_HINT, GL_TRUE);
  glAttachShader (program->id, shader);
  glLinkProgram (program->id);
  glDetachShader (program->id, shader);
  glDeleteShader (shader);
  glGetProgramiv (program->id, GL_LINK_STATUS, &ok);
  if (!ok)
    {
      g_autofree char *log = NULL;

      glGetProgramiv (program->id, GL_INFO_LOG_LENGTH, &length);
      log = g_malloc0 (MAX (length, 0) + 1);
      glGetProgramInfoLog (program->id, length, NULL, log);
      set_build_error (program, "link", log, source, error);
      return FALSE;
    }
  return TRUE;
}

static gboolean
set_mismatch (LimnGlProgram  *program,
              GError        **error,
              const char     *format,
              ...) G_GNUC_PRINTF (3, 4);

static gboolean
set_mismatch (LimnGlProgram  *program,
              GError        **error,
              const char     *format,
              ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
               "The graphics driver sees one of Limn's kernels otherwise than it was built.\nKernel: %s\nDriver: %s, "
               "%s\n%s",
               program->name, program->gl->device->name, program->gl->device->driver, what);
  return FALSE;
}

static gboolean
check_binding (LimnGlProgram          *program,
               const char             *name,
               LimnKernelBindingKind   kind,
               GLint                   binding,
               GError                **error)
{
  for (guint i = 0; i < program->kernel->n_bindings; i++)
    {
      const LimnKernelBinding *known = &program->kernel->bindings[i];

      if (known->kind == kind && (GLint) known->binding == binding && strcmp (known->name, name) == 0)
        {
          *(kind == LIMN_KERNEL_STORAGE ? &program->needs_storage
            : kind == LIMN_KERNEL_TEXEL ? &program->needs_texel
                                        : &program->needs_image) |= 1u << binding;
          return TRUE;
        }
    }
  return set_mismatch (program, error, "%s is at binding %d", name, binding);
}

static gboolean
check_param (LimnGlProgram  *program,
             const char     *name,
             GLint           type,
             GLint           offset,
             GError        **error)
{
  static const GLint types[] = {
    [LIMN_KERNEL_UINT] = GL_UNSIGNED_INT,
    [LIMN_KERNEL_INT] = GL_INT,
    [LIMN_KERNEL_FLOAT] = GL_FLOAT,
  };

  for (guint i = 0; i < program->kernel->n_params; i++)
    {
      const LimnKernelParam *known = &program->kernel->params[i];

      if (strcmp (known->name, name) != 0)
        continue;
      if ((GLint) known->offset == offset && types[known->type] == type)
        return TRUE;
      return set_mismatch (program, error, "Params: %s is of type 0x%04x at byte %d, not of 0x%04x at %u", name,
                           (guint) type, offset, (guint) types[known->type], known->offset);
    }
  return set_mismatch (program, error, "Params: unknown member %s", name);
}

static gboolean
check_uniform (LimnGlProgram  *program,
               GLuint          index,
               const char     *name,
               GError        **error)
{
  const GLenum wanted[] = { GL_BLOCK_INDEX, GL_OFFSET, GL_TYPE, GL_LOCATION };
  GLint found[4] = { -1, -1, 0, -1 };
  GLint unit = -1;

  glGetProgramResourceiv (program->id, GL_UNIFORM, index, 4, wanted, 4, NULL, found);
  if (found[0] >= 0)
    return check_param (program, name, found[2], found[1], error);
  if (found[3] >= 0)
    glGetUniformiv (program->id, found[3], &unit);
  switch (found[2])
    {
    case GL_SAMPLER_BUFFER:
    case GL_INT_SAMPLER_BUFFER:
    case GL_UNSIGNED_INT_SAMPLER_BUFFER:
      return check_binding (program, name, LIMN_KERNEL_TEXEL, unit, error);
    case GL_IMAGE_BUFFER:
    case GL_INT_IMAGE_BUFFER:
    case GL_UNSIGNED_INT_IMAGE_BUFFER:
      return check_binding (program, name, LIMN_KERNEL_IMAGE, unit, error);
    default:
      return set_mismatch (program, error, "%s is a uniform of type 0x%04x", name, (guint) found[2]);
    }
}

static gboolean
check_resource (LimnGlProgram  *program,
                GLenum          interface,
                GLuint          index,
                GError        **error)
{
  const GLenum wanted[] = { GL_BUFFER_BINDING, GL_BUFFER_DATA_SIZE };
  GLint found[2] = { -1, -1 };
  char name[256] = "";

  glGetProgramResourceName (program->id, interface, index, sizeof name, NULL, name);
  if (interface == GL_UNIFORM)
    return check_uniform (program, index, name, error);
  glGetProgramResourceiv (program->id, interface, index, 2, wanted, 2, NULL, found);
  if (interface == GL_SHADER_STORAGE_BLOCK)
    return check_binding (program, name, LIMN_KERNEL_STORAGE, found[0], error);
  if (strcmp (name, "Params") != 0 || found[0] != 0)
    return set_mismatch (program, error, "uniform block %s is at binding %d", name, found[0]);
  if (found[1] > (GLint) program->kernel->params_bytes)
    return set_mismatch (program, error, "Params: %d bytes, not %u", found[1], program->kernel->params_bytes);
  program->needs_uniform |= 1;
  return TRUE;
}

static gboolean
check_interface (LimnGlProgram  *program,
                 GError        **error)
{
  static const GLenum interfaces[] = { GL_SHADER_STORAGE_BLOCK, GL_UNIFORM_BLOCK, GL_UNIFORM };
  GLint size[3] = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      GLint n = 0;

      glGetProgramInterfaceiv (program->id, interfaces[i], GL_ACTIVE_RESOURCES, &n);
      for (GLint index = 0; index < n; index++)
        if (!check_resource (program, interfaces[i], index, error))
          return FALSE;
    }
  glGetProgramiv (program->id, GL_COMPUTE_WORK_GROUP_SIZE, size);
  for (guint i = 0; i < 3; i++)
    program->group_size[i] = size[i];
  return TRUE;
}

/* Fills @program from disk or by the compiler. */
static gboolean
build (LimnGlProgram  *program,
       const char     *source,
       GError        **error)
{
  LimnGl *gl = program->gl;
  g_autofree char *key = NULL;
  gint64 start = g_get_monotonic_time ();

  program->hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, source, -1);
  {
    g_autofree char *both = g_strconcat (gl->driver_key, program->hash, NULL);

    key = g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);
  }

  program->id = glCreateProgram ();
  if (limn_gl_program_cache_load (gl, key, program->id))
    {
      if (check_interface (program, NULL))
        {
          gl->stats.n_disk++;
          limn_gl_label (gl, GL_PROGRAM, program->id, program->name);
          return TRUE;
        }
      gl->stats.n_rejected++;
    }
  /* A program object that refused a binary is not used again: drivers differ in what is left in it. */
  glDeleteProgram (program->id);
  program->id = glCreateProgram ();
  if (!compile (program, source, error) || !check_interface (program, error))
    return FALSE;
  gl->stats.n_compiled++;
  limn_gl_label (gl, GL_PROGRAM, program->id, program->name);
  limn_gl_program_cache_store (gl, key, program->id);
  g_debug ("compiled %s in %.1f ms", program->name, (double) (g_get_monotonic_time () - start) / 1000);
  return TRUE;
}

LimnGlProgram *
limn_gl_get_program (LimnGl              *gl,
                     const char          *kernel,
                     const char * const  *defines,
                     GError             **error)
{
  g_autoptr (GPtrArray) sorted = sort_defines (kernel, defines, error);
  g_autofree char *name = NULL;
  g_autofree char *source = NULL;
  const LimnKernelInfo *info;
  LimnGlProgram *program;
  GLuint id;
  gboolean built;

  if (sorted == NULL)
    return NULL;
  if (!limn_gl_enter (gl))
    {
      limn_gl_fail_if_lost (gl, error);
      return NULL;
    }
  name = join_defines (kernel, sorted);
  program = g_hash_table_lookup (gl->programs, name);
  if (program != NULL)
    {
      gl->stats.n_memory++;
      return program;
    }
  info = g_hash_table_lookup (gl->kernels, kernel);
  if (info == NULL)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "Limn has no kernel \"%s\".", kernel);
      return NULL;
    }
  source = build_source (gl, info, sorted, error);
  if (source == NULL)
    return NULL;

  program = g_new0 (LimnGlProgram, 1);
  program->gl = gl;
  program->kernel = info;
  program->name = g_strdup (name);
  built = build (program, source, error);
  id = program->id;
  if (!built)
    {
      /* Deleting 0 is nothing. */
      glDeleteProgram (id);
      g_free (program->name);
      g_free (program->hash);
      g_free (program);
      /* On a lost context a refusal means nothing. */
      if (limn_gl_is_lost (gl))
        {
          g_clear_error (error);
          limn_gl_fail_if_lost (gl, error);
        }
      return NULL;
    }
  g_hash_table_insert (gl->programs, g_steal_pointer (&name), program);
  return program;
}

char *
limn_gl_hash_kernel (LimnGl     *gl,
                     const char *kernel)
{
  const LimnKernelInfo *info = g_hash_table_lookup (gl->kernels, kernel);
  g_autoptr (GBytes) text = info != NULL ? get_text (info, NULL) : NULL;

  return text != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, text) : NULL;
}

/* Whether packHalf2x16 rounds to the nearest, ties to even, as limn_half_from_float() does: tried once for a context, on
 * values that cutting off, flushing subnormals, rounding ties away and saturating each get wrong. */
static gboolean
packs_exactly (LimnGl *gl)
{
  static const float values[] = {
    1.0f, 1.0f + 0x1p-11f, 1.0f + 0x3p-11f, 1.0f + 0x1.8p-11f, 1.0f + 0x1.fp-12f, 0x1p-24f, 0x1p-25f, 0x3p-25f,
    0x1.8p-15f, 0x1.ffcp-15f, 0x1.ffep-15f, 65504.0f, 65519.0f, 65520.0f, 65536.0f, 3.14159274f,
  };
  static const char * const defines[] = { "HALF_EXACT=0", NULL };
  const LimnHalfRoundingParams params = { .n = G_N_ELEMENTS (values) };
  g_autoptr (LimnGlBuffer) uniform = NULL, x = NULL, y = NULL;
  guint32 found[G_N_ELEMENTS (values)];

  if (gl->packs_exactly >= 0)
    return gl->packs_exactly;
  /* Whatever fails here fails again, and is reported, where it is wanted. */
  uniform = limn_gl_buffer_new (gl, sizeof params, "half rounding", NULL);
  x = uniform != NULL ? limn_gl_buffer_new (gl, sizeof values, "half rounding", NULL) : NULL;
  y = x != NULL ? limn_gl_buffer_new (gl, sizeof found, "half rounding", NULL) : NULL;
  if (y != NULL)
    {
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, uniform },
        { LIMN_GL_STORAGE, LIMN_HALF_ROUNDING_X, x },
        { LIMN_GL_STORAGE, LIMN_HALF_ROUNDING_Y, y },
      };
      const LimnGlDispatch dispatch = {
        .program = limn_gl_get_program (gl, "half_rounding", defines, NULL),
        .bindings = bindings,
        .n_bindings = G_N_ELEMENTS (bindings),
        .groups = { 1, 1, 1 },
      };

      if (dispatch.program != NULL)
        {
          limn_gl_buffer_write (uniform, 0, &params, sizeof params);
          limn_gl_buffer_write (x, 0, values, sizeof values);
          limn_gl_dispatch (gl, &dispatch);
          if (limn_gl_buffer_read (y, 0, found, sizeof found, NULL))
            {
              gl->packs_exactly = TRUE;
              for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
                if ((found[i] & 0xffff) != limn_half_from_float (values[i])
                    || found[i] >> 16 != limn_half_from_float (-values[i]))
                  gl->packs_exactly = FALSE;
              g_debug ("packHalf2x16 %s", gl->packs_exactly ? "rounds to nearest even" : "does not round to nearest even");
            }
        }
    }
  return gl->packs_exactly > 0;
}

const char *
limn_gl_program_get_name (const LimnGlProgram *program)
{
  return program->name;
}

const char *
limn_gl_program_get_hash (const LimnGlProgram *program)
{
  return program->hash;
}

void
limn_gl_program_get_group_size (const LimnGlProgram *program,
                                guint                size[3])
{
  memcpy (size, program->group_size, sizeof program->group_size);
}
