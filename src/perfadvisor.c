/*-------------------------------------------------------------------------
 *
 * perfadvisor.c
 *	  The front door: what happens when the library is loaded.
 *
 * Preloaded, it asks for shared memory and records; loaded on demand by
 * CREATE EXTENSION or a first call, it still advises on given statements.
 * Each room installs the hooks that it needs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "whatif/whatif.h"
#include "base/compat.h"
#include "base/guc.h"
#include "collect/collect.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "store/store.h"

PADV_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	padv_define_settings();
	if (process_shared_preload_libraries_in_progress)
	{
		padv_store_init();
		padv_collect_init();
	}
	padv_whatif_init();
}
