/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "limn-test-app.h"

/* The journeys, one file a subject. Pictures are the starter model's, small and in few steps: the whole way is taken, and most of the
 * time goes to waiting for it. */
void limn_test_add_change   (void);
void limn_test_add_import   (void);
void limn_test_add_keyboard (void);
void limn_test_add_models   (void);
void limn_test_add_narrow   (void);
void limn_test_add_pages    (void);
void limn_test_add_paint    (void);
void limn_test_add_queue    (void);
void limn_test_add_restart  (void);
void limn_test_add_trouble  (void);

#define limn_test_add_journey(path, function)                                                                                     \
  g_test_add (path, LimnTestApp, NULL, limn_test_app_set_up, function, limn_test_app_tear_down)
