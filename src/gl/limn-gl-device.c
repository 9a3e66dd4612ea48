/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * Finding a device without a display server.
 *
 * EGL_EXT_device_enumeration names every device of every installed driver; the device platform is the only one
 * NVIDIA offers without a window system, and Mesa offers it too, for its software renderer as well. Where it is
 * missing (old Mesa), Mesa's surfaceless platform gives one device. Both are reached through
 * eglGetPlatformDisplayEXT, which works before there is a display; the core eglGetPlatformDisplay does not through
 * libepoxy, which asks a display for its version first.
 *
 * Displays are never terminated: they are one per device and process, and another thread may use the same one.
 */

#include "gl/limn-gl-private.h"

#include <string.h>
#include <unistd.h>

#define MAX_DEVICES 32

typedef struct
{
  EGLDisplay display;
  gboolean   software;
  gboolean   fallback; /* the same devices by another way: only when none opened otherwise */
} Candidate;

static gboolean
has_token (const char *list,
           const char *token)
{
  gsize n = strlen (token);

  for (const char *at = list; at != NULL && (at = strstr (at, token)) != NULL; at += n)
    if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
      return TRUE;
  return FALSE;
}

static void
unresolved_stub (void)
{
}

/* libepoxy's own way is abort(). The stub lets the call return (with rubbish) and the log name it. */
static epoxy_resolver_stub_t
resolver_failed (const char *name)
{
  g_critical ("The OpenGL driver has no %s, though it says so", name);
  return unresolved_stub;
}

static void
set_resolver_failure_handler (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      epoxy_set_resolver_failure_handler (resolver_failed);
      g_once_init_leave (&once, 1);
    }
}

/* Displays in the order in which they are tried: what calls itself hardware first. @notes collects what failed. */
static GArray *
find_candidates (GString *notes)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  const char *client = eglQueryString (EGL_NO_DISPLAY, EGL_EXTENSIONS);
  gboolean can_query = has_token (client, "EGL_EXT_device_query") || has_token (client, "EGL_EXT_device_base");
  EGLDeviceEXT devices[MAX_DEVICES];
  EGLint n_devices = 0;

  if (!has_token (client, "EGL_EXT_platform_base"))
    {
      g_string_append (notes, "; EGL cannot work without a window system (no EGL_EXT_platform_base)");
      return candidates;
    }
  if (has_token (client, "EGL_EXT_platform_device")
      && (has_token (client, "EGL_EXT_device_enumeration") || has_token (client, "EGL_EXT_device_base"))
      && eglQueryDevicesEXT (MAX_DEVICES, devices, &n_devices))
    {
      for (guint software = 0; software < 2; software++)
        for (EGLint i = 0; i < n_devices; i++)
          {
            gboolean is_software =
              can_query && has_token (eglQueryDeviceStringEXT (devices[i], EGL_EXTENSIONS), "EGL_MESA_device_software");
            Candidate candidate = {
              .display = EGL_NO_DISPLAY,
              .software = is_software,
            };

            if (is_software != (software == 1))
              continue;
            candidate.display = eglGetPlatformDisplayEXT (EGL_PLATFORM_DEVICE_EXT, devices[i], NULL);
            if (candidate.display != EGL_NO_DISPLAY)
              g_array_append_val (candidates, candidate);
          }
      g_string_append_printf (notes, "; EGL devices: %d", n_devices);
    }
  if (has_token (client, "EGL_MESA_platform_surfaceless"))
    {
      Candidate candidate = {
        .display = eglGetPlatformDisplayEXT (EGL_PLATFORM_SURFACELESS_MESA, (void *) EGL_DEFAULT_DISPLAY, NULL),
        .fallback = TRUE,
      };

      if (candidate.display != EGL_NO_DISPLAY)
        g_array_append_val (candidates, candidate);
    }
  return candidates;
}

static EGLContext
create_context (EGLDisplay display,
                gboolean   debug,
                GString   *notes)
{
  const char *extensions = eglQueryString (display, EGL_EXTENSIONS);
  gboolean egl15 = epoxy_egl_version (display) >= 15;
  gboolean modern = egl15 || has_token (extensions, "EGL_KHR_create_context");
  gboolean robust = modern && (egl15 || has_token (extensions, "EGL_EXT_create_context_robustness"));
  gboolean priority = has_token (extensions, "EGL_IMG_context_priority");
  EGLConfig config = EGL_NO_CONFIG_KHR;

  if (!modern || !has_token (extensions, "EGL_KHR_surfaceless_context"))
    {
      g_string_append (notes, "; a device that cannot compute without a surface");
      return EGL_NO_CONTEXT;
    }
  if (!eglBindAPI (EGL_OPENGL_API))
    {
      g_string_append (notes, "; a device without desktop OpenGL");
      return EGL_NO_CONTEXT;
    }
  if (!has_token (extensions, "EGL_KHR_no_config_context") && !has_token (extensions, "EGL_MESA_configless_context"))
    {
      const EGLint wanted[] = { EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_SURFACE_TYPE, EGL_DONT_CARE, EGL_NONE };
      EGLint n_configs = 0;

      if (!eglChooseConfig (display, wanted, &config, 1, &n_configs) || n_configs == 0)
        {
          g_string_append (notes, "; a device without an OpenGL configuration");
          return EGL_NO_CONTEXT;
        }
    }

  /* Some drivers refuse what they advertise: leave off the wishes until the bare context remains. */
  for (guint wishes = 4; wishes-- > 0;)
    {
      EGLint attributes[16];
      guint n = 0;
      EGLContext context;

      if (((wishes & 2) && !robust) || ((wishes & 1) && !priority))
        continue;
      attributes[n++] = EGL_CONTEXT_MAJOR_VERSION;
      attributes[n++] = 4;
      attributes[n++] = EGL_CONTEXT_MINOR_VERSION;
      attributes[n++] = 5;
      attributes[n++] = EGL_CONTEXT_OPENGL_PROFILE_MASK;
      attributes[n++] = EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT;
      if (debug)
        {
          /* The KHR flag is understood by EGL 1.4 as well as by 1.5. */
          attributes[n++] = EGL_CONTEXT_FLAGS_KHR;
          attributes[n++] = EGL_CONTEXT_OPENGL_DEBUG_BIT_KHR;
        }
      if (wishes & 2)
        {
          attributes[n++] = EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY;
          attributes[n++] = EGL_LOSE_CONTEXT_ON_RESET;
        }
      if (wishes & 1)
        {
          attributes[n++] = EGL_CONTEXT_PRIORITY_LEVEL_IMG;
          attributes[n++] = EGL_CONTEXT_PRIORITY_LOW_IMG;
        }
      attributes[n] = EGL_NONE;
      context = eglCreateContext (display, config, EGL_NO_CONTEXT, attributes);
      if (context != EGL_NO_CONTEXT)
        return context;
    }
  g_string_append_printf (notes, "; %s offers no OpenGL 4.5 core context (EGL error 0x%04x)",
                          eglQueryString (display, EGL_VENDOR), eglGetError ());
  return EGL_NO_CONTEXT;
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static gsize
get_limit (GLenum name)
{
  GLint64 value = 0;

  glGetInteger64v (name, &value);
  return MAX (value, 0);
}

static gboolean
has_extension (const LimnGlLimits *limits,
               const char         *name)
{
  return g_strv_contains (limits->extensions, name);
}

static LimnGlClass
find_class (const char *vendor,
            const char *renderer)
{
  static const struct
  {
    const char  *word;
    LimnGlClass  device_class;
  } words[] = {
    /* The software renderers first: their vendor strings may name anyone. */
    { "llvmpipe", LIMN_GL_SOFTWARE }, { "softpipe", LIMN_GL_SOFTWARE },  { "swrast", LIMN_GL_SOFTWARE },
    { "SWR", LIMN_GL_SOFTWARE },      { "SwiftShader", LIMN_GL_SOFTWARE }, { "software", LIMN_GL_SOFTWARE },
    { "NVIDIA", LIMN_GL_NVIDIA },     { "nouveau", LIMN_GL_NVIDIA },     { "AMD", LIMN_GL_AMD },
    { "ATI ", LIMN_GL_AMD },          { "Radeon", LIMN_GL_AMD },         { "Intel", LIMN_GL_INTEL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (renderer, words[i].word) != NULL || strstr (vendor, words[i].word) != NULL)
      return words[i].device_class;
  return LIMN_GL_OTHER;
}

/* The machine's memory, or what this process's control group may take of it. */
static guint64
machine_memory (void)
{
  guint64 bytes = (guint64) MAX (sysconf (_SC_PHYS_PAGES), 0) * (guint64) MAX (sysconf (_SC_PAGESIZE), 0);
  g_autofree char *text = NULL;
  guint64 limit;

  if (g_file_get_contents ("/sys/fs/cgroup/memory.max", &text, NULL, NULL)
      && g_ascii_string_to_unsigned (g_strchomp (text), 10, 1, G_MAXUINT64, &limit, NULL))
    bytes = MIN (bytes, limit);
  return bytes;
}

static guint64
device_memory (const LimnGlDevice *device)
{
  if (device->device_class == LIMN_GL_SOFTWARE)
    return machine_memory ();
  /* Both count in KiB. */
  if (has_extension (&device->limits, "GL_NVX_gpu_memory_info"))
    {
      GLint kib = 0;

      glGetIntegerv (GL_GPU_MEMORY_INFO_DEDICATED_VIDMEM_NVX, &kib);
      if (kib > 0)
        return (guint64) kib * 1024;
    }
  if (has_extension (&device->limits, "GL_ATI_meminfo"))
    {
      GLint kib[4] = { 0 };

      /* Free rather than total, the best this one tells. */
      glGetIntegerv (GL_TEXTURE_FREE_MEMORY_ATI, kib);
      if (kib[0] > 0)
        return (guint64) kib[0] * 1024;
    }
  return 0;
}

static const char **
list_extensions (void)
{
  GPtrArray *names = g_ptr_array_new ();
  GLint n = 0;

  glGetIntegerv (GL_NUM_EXTENSIONS, &n);
  for (GLint i = 0; i < n; i++)
    {
      const GLubyte *name = glGetStringi (GL_EXTENSIONS, i);

      if (name != NULL)
        g_ptr_array_add (names, g_strdup ((const char *) name));
    }
  g_ptr_array_sort (names, compare_strings);
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (names, FALSE);
}

static void
read_limits (LimnGlDevice *device)
{
  LimnGlLimits *limits = &device->limits;

  limits->extensions = list_extensions ();
  limits->max_storage_bytes = get_limit (GL_MAX_SHADER_STORAGE_BLOCK_SIZE);
  limits->max_uniform_bytes = get_limit (GL_MAX_UNIFORM_BLOCK_SIZE);
  limits->max_texels = get_limit (GL_MAX_TEXTURE_BUFFER_SIZE);
  /* Mesa keeps the size of a buffer in 32 bits inside. Others are only bounded by their memory. */
  limits->max_buffer_bytes =
    strstr (device->driver, "Mesa") != NULL ? G_GUINT64_CONSTANT (0xfffff000) : G_MAXSSIZE;
  limits->storage_alignment = MAX (get_limit (GL_SHADER_STORAGE_BUFFER_OFFSET_ALIGNMENT), 16);
  limits->uniform_alignment = MAX (get_limit (GL_UNIFORM_BUFFER_OFFSET_ALIGNMENT), 16);
  limits->texel_alignment = MAX (get_limit (GL_TEXTURE_BUFFER_OFFSET_ALIGNMENT), 16);
  limits->max_shared_bytes = get_limit (GL_MAX_COMPUTE_SHARED_MEMORY_SIZE);
  for (guint i = 0; i < 3; i++)
    {
      GLint value = 0;

      glGetIntegeri_v (GL_MAX_COMPUTE_WORK_GROUP_COUNT, i, &value);
      limits->max_groups[i] = MAX (value, 0);
      glGetIntegeri_v (GL_MAX_COMPUTE_WORK_GROUP_SIZE, i, &value);
      limits->max_group_size[i] = MAX (value, 0);
    }
  limits->max_invocations = get_limit (GL_MAX_COMPUTE_WORK_GROUP_INVOCATIONS);
  limits->max_storage_bindings =
    MIN (get_limit (GL_MAX_COMPUTE_SHADER_STORAGE_BLOCKS), get_limit (GL_MAX_SHADER_STORAGE_BUFFER_BINDINGS));
  limits->max_image_bindings = MIN (get_limit (GL_MAX_COMPUTE_IMAGE_UNIFORMS), get_limit (GL_MAX_IMAGE_UNITS));
  limits->max_texel_bindings = get_limit (GL_MAX_COMPUTE_TEXTURE_IMAGE_UNITS);
  limits->max_storage_bindings = MIN (limits->max_storage_bindings, LIMN_GL_N_BINDINGS);
  limits->max_image_bindings = MIN (limits->max_image_bindings, LIMN_GL_N_BINDINGS);
  limits->max_texel_bindings = MIN (limits->max_texel_bindings, LIMN_GL_N_BINDINGS);
  limits->subgroup = has_extension (limits, "GL_KHR_shader_subgroup");
  if (limits->subgroup)
    limits->subgroup_size = get_limit (0x9532 /* GL_SUBGROUP_SIZE_KHR, unknown to libepoxy 1.5.10 */);
  limits->half_arithmetic = has_extension (limits, "GL_NV_gpu_shader5")
                            || has_extension (limits, "GL_AMD_gpu_shader_half_float")
                            || has_extension (limits, "GL_EXT_shader_explicit_arithmetic_types_float16");
  limits->int8_storage = has_extension (limits, "GL_NV_gpu_shader5")
                         || has_extension (limits, "GL_EXT_shader_explicit_arithmetic_types_int8");
}

static LimnGlDevice *
describe_current (void)
{
  LimnGlDevice *device = g_new0 (LimnGlDevice, 1);

  device->name = g_strdup ((const char *) glGetString (GL_RENDERER));
  device->vendor = g_strdup ((const char *) glGetString (GL_VENDOR));
  device->driver = g_strdup ((const char *) glGetString (GL_VERSION));
  device->device_class = find_class (device->vendor, device->name);
  read_limits (device);
  device->memory_bytes = device_memory (device);
  /* What asking left behind; after a loss the flag need never clear. */
  for (guint i = 0; i < 32 && glGetError () != GL_NO_ERROR; i++)
    continue;
  return device;
}

static gboolean
open_candidate (const Candidate *candidate,
                gboolean         debug,
                LimnGlOpened    *opened,
                GString         *notes)
{
  EGLint major, minor;
  EGLContext context;

  if (!eglInitialize (candidate->display, &major, &minor))
    {
      g_string_append_printf (notes, "; a device that does not start (EGL error 0x%04x)", eglGetError ());
      return FALSE;
    }
  context = create_context (candidate->display, debug, notes);
  if (context == EGL_NO_CONTEXT)
    return FALSE;
  if (!eglMakeCurrent (candidate->display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
    {
      g_string_append_printf (notes, "; a device whose context cannot be used (EGL error 0x%04x)", eglGetError ());
      eglDestroyContext (candidate->display, context);
      return FALSE;
    }
  if (glGetString (GL_RENDERER) == NULL || epoxy_gl_version () < 45)
    {
      g_string_append_printf (notes, "; %s with OpenGL %s only", (const char *) glGetString (GL_RENDERER),
                              (const char *) glGetString (GL_VERSION));
      eglMakeCurrent (candidate->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
      eglDestroyContext (candidate->display, context);
      return FALSE;
    }
  opened->display = candidate->display;
  opened->context = context;
  opened->device = describe_current ();
  return TRUE;
}

static void
close_opened (LimnGlOpened *opened)
{
  if (opened->context != EGL_NO_CONTEXT)
    {
      eglMakeCurrent (opened->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
      eglDestroyContext (opened->display, opened->context);
    }
  limn_gl_device_free (opened->device);
  *opened = (LimnGlOpened) { 0 };
}

static void
set_error_none (GError  **error,
                GString  *notes)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NO_GPU,
               "No graphics driver with OpenGL 4.5 was found. Install your graphics card's driver, or Mesa for "
               "computing on the processor. (%s.)",
               notes->len > 0 ? notes->str + strlen ("; ") : "no EGL device");
}

typedef struct
{
  EGLenum    api;
  EGLDisplay display;
  EGLSurface draw;
  EGLSurface read;
  EGLContext context;
} Current;

static Current
save_current (void)
{
  return (Current) {
    .api = eglQueryAPI (),
    .display = eglGetCurrentDisplay (),
    .draw = eglGetCurrentSurface (EGL_DRAW),
    .read = eglGetCurrentSurface (EGL_READ),
    .context = eglGetCurrentContext (),
  };
}

static void
restore_current (const Current *current)
{
  eglBindAPI (current->api);
  if (current->context != EGL_NO_CONTEXT)
    eglMakeCurrent (current->display, current->draw, current->read, current->context);
}

GPtrArray *
limn_gl_list_devices (GError **error)
{
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_gl_device_free);
  g_autoptr (GPtrArray) software = g_ptr_array_new ();
  g_autoptr (GString) notes = g_string_new (NULL);
  g_autoptr (GArray) candidates = NULL;
  Current current;

  set_resolver_failure_handler ();
  current = save_current ();
  candidates = find_candidates (notes);
  for (guint i = 0; i < candidates->len; i++)
    {
      const Candidate *candidate = &g_array_index (candidates, Candidate, i);
      LimnGlOpened opened = { 0 };
      LimnGlDevice *device;

      if ((candidate->fallback && devices->len + software->len > 0)
          || !open_candidate (candidate, FALSE, &opened, notes))
        continue;
      device = g_steal_pointer (&opened.device);
      g_ptr_array_add (device->device_class == LIMN_GL_SOFTWARE ? software : devices, device);
      close_opened (&opened);
    }
  restore_current (&current);
  g_ptr_array_extend_and_steal (devices, g_steal_pointer (&software));
  for (guint i = 0; i < devices->len; i++)
    ((LimnGlDevice *) g_ptr_array_index (devices, i))->index = i;
  if (devices->len == 0)
    {
      set_error_none (error, notes);
      return NULL;
    }
  return g_steal_pointer (&devices);
}

static gboolean
device_matches (const LimnGlDevice *device,
                const char         *wanted)
{
  g_autofree char *text = g_strdup_printf ("%s\n%s", device->name, device->vendor);
  g_autofree char *folded = g_utf8_casefold (text, -1);
  g_autofree char *word = g_utf8_casefold (wanted, -1);

  return strstr (folded, word) != NULL;
}

/* Finds the number in limn_gl_list_devices() of the device called @wanted. */
static gboolean
find_index (const char  *wanted,
            guint       *index,
            GError     **error)
{
  g_autoptr (GPtrArray) devices = limn_gl_list_devices (error);
  g_autoptr (GString) names = g_string_new (NULL);
  guint64 number;

  if (devices == NULL)
    return FALSE;
  if (g_ascii_string_to_unsigned (wanted, 10, 0, devices->len - 1, &number, NULL))
    {
      *index = number;
      return TRUE;
    }
  for (guint i = 0; i < devices->len; i++)
    {
      const LimnGlDevice *device = g_ptr_array_index (devices, i);

      if (*wanted != '\0' && device_matches (device, wanted))
        {
          *index = i;
          return TRUE;
        }
      g_string_append_printf (names, "%s%u: %s", i > 0 ? ", " : "", i, device->name);
    }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NO_GPU, "There is no device \"%s\"; there is %s.", wanted, names->str);
  return FALSE;
}

gboolean
limn_gl_open_device (const char    *wanted,
                     gboolean       debug,
                     LimnGlOpened  *opened,
                     GError       **error)
{
  g_autoptr (GString) notes = g_string_new (NULL);
  g_autoptr (GArray) candidates = NULL;
  guint index = 0, position = 0;
  gboolean found = FALSE;

  set_resolver_failure_handler ();
  if (wanted != NULL && !find_index (wanted, &index, error))
    return FALSE;
  candidates = find_candidates (notes);

  /* Hardware, then software, then what is only reached otherwise: the order of limn_gl_list_devices(). What calls itself
   * hardware may turn out to be software: a card without its driver. */
  for (guint pass = 0; pass < 3 && !(pass == 2 && found); pass++)
    for (guint i = 0; i < candidates->len; i++)
      {
        const Candidate *candidate = &g_array_index (candidates, Candidate, i);

        if (candidate->fallback != (pass == 2) || (candidate->software && pass == 0)
            || !open_candidate (candidate, debug, opened, notes))
          continue;
        found = TRUE;
        if ((pass == 2 || (opened->device->device_class == LIMN_GL_SOFTWARE) == (pass == 1)) && position++ == index)
          {
            opened->device->index = index;
            return TRUE;
          }
        close_opened (opened);
      }
  set_error_none (error, notes);
  return FALSE;
}

LimnGlDevice *
limn_gl_device_copy (const LimnGlDevice *device)
{
  LimnGlDevice *copy = g_memdup2 (device, sizeof *device);

  copy->name = g_strdup (device->name);
  copy->vendor = g_strdup (device->vendor);
  copy->driver = g_strdup (device->driver);
  copy->limits.extensions = (const char * const *) g_strdupv ((char **) device->limits.extensions);
  return copy;
}

void
limn_gl_device_free (LimnGlDevice *device)
{
  if (device == NULL)
    return;
  g_free ((char *) device->name);
  g_free ((char *) device->vendor);
  g_free ((char *) device->driver);
  g_strfreev ((char **) device->limits.extensions);
  g_free (device);
}

const char *
limn_gl_class_get_name (LimnGlClass device_class)
{
  switch (device_class)
    {
    case LIMN_GL_SOFTWARE:
      return "software";
    case LIMN_GL_NVIDIA:
      return "nvidia";
    case LIMN_GL_AMD:
      return "amd";
    case LIMN_GL_INTEL:
      return "intel";
    case LIMN_GL_OTHER:
      break;
    }
  return "other";
}
