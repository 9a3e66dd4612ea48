/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* One binary, a file of tests for each header. */
void add_apng_tests          (void);
void add_colorize_tests      (void);
void add_contact_sheet_tests (void);
void add_control_map_tests   (void);
void add_exif_tests          (void);
void add_export_tests        (void);
void add_jpeg_tests          (void);
void add_parameters_tests    (void);
void add_png_tests           (void);
void add_png_edit_tests      (void);
void add_seam_tests          (void);
