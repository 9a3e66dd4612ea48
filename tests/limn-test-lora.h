/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/** limn_test_put_lora: the file @path: a LoRA of @rank of zeros for one layer of Stable Diffusion 1.x, a folder below is made. */
void limn_test_put_lora (const char *path,
                         guint       rank);
