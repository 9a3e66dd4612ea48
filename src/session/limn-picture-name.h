/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Characters of the prompt that a name takes: enough to know a picture by. */
#define LIMN_PICTURE_NAME_MAX_CHARS 60

/* Bytes of a whole name: file systems take 255, and a number and ".png" come behind it. */
#define LIMN_PICTURE_NAME_MAX_BYTES 200

/**
 * limn_picture_name_new:
 * @when: (nullable): NULL: no time in the name
 * @prompt: UTF-8
 *
 * What a picture is called: "2026-11-21 04-15-07 a red house on a green hill", without ".png". The first words of the prompt without signs of
 * emphasis, in NFC, without what any common file system refuses, and without invisible characters that could make the name look like another
 * one (controls of direction above all).
 *
 * Pure; any thread. Returns: (transfer full): never empty, no '/', no '.' in front
 */
char *limn_picture_name_new (GDateTime  *when,
                             const char *prompt);

G_END_DECLS
