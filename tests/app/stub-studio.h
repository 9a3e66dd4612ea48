/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

/**
 * A studio that shows what a test tells it to, and has what a filmstrip asks for; no queue, no draft, no painting. It stands in for
 * limn-studio.c: a program that links it must need nothing else of the real one.
 *
 * "toast" is emitted by what is said, as there; also with the step where a branch is wanted.
 */
LimnStudio *stub_studio_new  (const char *folder);
void        stub_studio_show (LimnStudio *studio,
                              LimnReel   *reel,
                              LimnImage  *picture);
