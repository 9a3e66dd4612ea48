/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** LIMN_PICTURE_TRAJECTORY_KEYWORD: the text in a PNG of ours that names its kept steps, by a UUID. */
#define LIMN_PICTURE_TRAJECTORY_KEYWORD "limn-trajectory"

/** LIMN_PICTURE_MAX_PROMPT: bytes of a prompt that are read here, whole characters; no more than keeps a hostile file from filling the index. */
#define LIMN_PICTURE_MAX_PROMPT (64u << 10)

/** LIMN_PICTURE_RECIPE_KEYWORD: the text in a PNG of ours from which the picture can be made again. */
#define LIMN_PICTURE_RECIPE_KEYWORD "limn"

/** LIMN_PICTURE_MODEL_HASH: digits of a model's hash, as AUTOMATIC1111 writes it; the eight of its early versions are of another kind. */
#define LIMN_PICTURE_MODEL_HASH 10

/** LIMN_PICTURE_MAX_ANCESTORS: of more only the nearest are read. */
#define LIMN_PICTURE_MAX_ANCESTORS 256

/**
 * LimnPictureAncestor:
 * @hash: SHA-256 of what makes the picture, in hexadecimal
 * @step: how many of this one's steps the picture before it in the list shares
 */
typedef struct
{
  char  hash[65];
  guint step;
} LimnPictureAncestor;

/**
 * LimnPictureIdentify:
 * @recipe: what stands under LIMN_PICTURE_RECIPE_KEYWORD; of any file, hostile ones too
 *
 * Returns: (transfer full) (nullable) (element-type LimnPictureAncestor): the picture itself (step 0), the one that it parts from, the one
 * that that one parts from, …; NULL where this is no recipe. Any thread
 */
typedef GArray *(*LimnPictureIdentify) (const char *recipe);

/**
 * LimnPicture:
 * @id: in a LimnPictureIndex, positive; 0 for one that was read from its file
 * @path: (type filename): absolute
 * @mtime_ns, @ctime_ns, @size: of the file; nanoseconds since 1970, bytes
 * @width, @height: pixels
 * @prompt, @negative_prompt: UTF-8, never NULL; "" in a picture that has none
 * @has_seed, @seed, @model, @sampler: as the picture's `parameters` say it; nullable
 * @model_hash: (nullable): the beginning of the SHA-256 of the model's weights, in small letters; LIMN_PICTURE_MODEL_HASH digits
 * @starred: five stars (xmp:Rating)
 * @trajectory: (nullable): a UUID, in small letters
 * @line: (nullable) (element-type LimnPictureAncestor): of one that was read from its file: itself and what it comes from
 * @hash: (nullable): @line's first
 * @is_branch: it parts from another picture, which need not be there
 * @has_branches: one from the index: another picture there parts from it
 *
 * What a PNG says of itself, from Limn or any program that writes `parameters`.
 */
typedef struct
{
  gint64   id;
  char    *path;
  gint64   mtime_ns;
  gint64   ctime_ns;
  gint64   size;
  guint    width;
  guint    height;
  char    *prompt;
  char    *negative_prompt;
  gboolean has_seed;
  guint64  seed;
  char    *model;
  char    *model_hash;
  char    *sampler;
  gboolean starred;
  char    *trajectory;
  GArray  *line;
  char    *hash;
  gboolean is_branch;
  gboolean has_branches;
} LimnPicture;

/**
 * limn_picture_load:
 *
 * @identify: (nullable): for @line, which is NULL without
 *
 * Reads the texts of the PNG @path, not its pixels. Fails with LIMN_ERROR_FORMAT, LIMN_ERROR_UNSUPPORTED, G_FILE_ERROR. Any thread.
 */
LimnPicture *limn_picture_load        (const char          *path,
                                       LimnPictureIdentify  identify,
                                       GError             **error);

/**
 * limn_picture_set_starred:
 *
 * Writes or takes away five stars in the PNG @path, atomically: its pixels, other texts and its time of change stay what they are, so that
 * it keeps its place among the others. Where nothing is to be changed, nothing is written.
 *
 * Waits for the disk. Any thread. Fails as limn_png_set_rating() and limn_atomic_file_write() do; the file is then as before.
 */
gboolean     limn_picture_set_starred (const char   *path,
                                       gboolean      starred,
                                       GError      **error);

void         limn_picture_free        (LimnPicture  *picture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPicture, limn_picture_free)

G_END_DECLS
