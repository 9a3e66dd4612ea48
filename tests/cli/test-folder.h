/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* A test in an empty folder of its own, test_folder, which goes with whatever is in it. */
void test_add (const char *path, void (*func) (void));
