/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-png.h"
#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * LimnImportOrigin:
 * @LIMN_IMPORT_NOBODY: no program that Limn knows has left a text in it
 * @LIMN_IMPORT_PARAMETERS: the text `parameters`, by a program that does not say its name there
 */
typedef enum
{
  LIMN_IMPORT_NOBODY,
  LIMN_IMPORT_LIMN,
  LIMN_IMPORT_A1111,
  LIMN_IMPORT_SDCPP,
  LIMN_IMPORT_COMFYUI,
  LIMN_IMPORT_INVOKEAI,
  LIMN_IMPORT_FOOOCUS,
  LIMN_IMPORT_FLUX2C,
  LIMN_IMPORT_KRITA,
  LIMN_IMPORT_PARAMETERS,
} LimnImportOrigin;

/* What the notes of one picture may add up to: a hostile one must not fill the screen. */
#define LIMN_IMPORT_MAX_NOTES 40

/**
 * LimnImport:
 * @origin: which program made the picture
 * @request: (nullable): everything that could be taken over, and limn_request_check() holds; what the picture does not
 *   say is left open. NULL where there are no settings that Limn can read. A recipe of Limn's own comes back exactly, field for field; any other
 *   names no model (the starter model), no device and no previews.
 * @has_seed: the picture says its seed; else @request has 0
 * @exact: @request is Limn's own recipe, which nobody has changed since: the same pixels can be made again
 * @start: (nullable): another program painted over a picture, which is not in the file: how it did; its picture and mask are NULL
 * @model, @model_hash: (nullable): what the other program calls the model; for looking one up
 * @notes: (element-type utf8): sentences in the language of the user: what could not be honoured, why, and what is done
 *   instead. Empty where there is nothing to say.
 *
 * The settings of a picture, by whichever program they were written. Immutable. Thread-safety: any.
 */
typedef struct
{
  LimnImportOrigin   origin;
  LimnRequest       *request;
  gboolean           has_seed;
  gboolean           exact;
  LimnRequestSource *start;
  char              *model;
  char              *model_hash;
  GPtrArray         *notes;
} LimnImport;

/**
 * limn_import_new:
 * @texts: (element-type LimnPngText): of the picture, as LimnPng and LimnExif have them; from a stranger
 * @multiple: width and height become multiples of this, the nearest; the model's (LimnInspection, 8 for all known ones)
 *
 * Understood are Limn's recipe; the text `parameters` of AUTOMATIC1111, stable-diffusion.cpp, Fooocus, Krita AI Diffusion
 * and all who write as they do; Fooocus' JSON; InvokeAI's metadata (3 and later, 2, and the older command line); ComfyUI's
 * graph, of which the first pass that begins with noise is taken; flux2.c's seed.
 * What a text leaves unsaid means what it means to its program: without "RNG" AUTOMATIC1111 draws on the graphics
 * card, "Automatic" is another schedule for each sampler, a mask is blurred by 4 pixels.
 *
 * Takes time and memory in proportion to the texts, never calls itself without bound. Never fails. Any thread.
 */
LimnImport *limn_import_new          (const GPtrArray  *texts,
                                      guint             multiple);

/**
 * limn_import_new_for_file:
 *
 * The same for a PNG, JPEG or WebP, which is told by its first bytes. Reads no pixels. Blocks on the disk.
 * Fails with LIMN_ERROR_FORMAT, LIMN_ERROR_UNSUPPORTED, G_FILE_ERROR.
 */
LimnImport *limn_import_new_for_file (const char       *path,
                                      guint             multiple,
                                      GError          **error);

void        limn_import_free         (LimnImport       *import);

/** limn_import_origin_get_name: "AUTOMATIC1111", "ComfyUI", …: proper names, but for LIMN_IMPORT_PARAMETERS and
 *  LIMN_IMPORT_NOBODY, which are NULL. */
const char *limn_import_origin_get_name (LimnImportOrigin origin);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnImport, limn_import_free)

G_END_DECLS
