/* no_png.c - what stands in the place of screenshot.c in a build without libpng. */
#include "base/err.h"
#include "ui/ui.h"

bool screenshot_write(const struct surface *s, const char *path, struct err *e)
{
    (void)s;
    return err_set(e, "cannot write screenshot '%s': this bygone was built without libpng", path);
}
