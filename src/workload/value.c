/*-------------------------------------------------------------------------
 *
 * value.c
 *	  Whether a kept value can still be read.
 *
 * Values are kept as the bytes of their datum.  Those may only be looked at
 * while the type stands for the same bytes: what is made of a row type can be
 * changed by ALTER TYPE, and a type may be gone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "workload/workload.h"

/* Does the type still stand for the same bytes, now and always? */
static bool
type_is_lasting(Oid type)
{
	Oid			element;

	type = getBaseType(type);
	element = get_element_type(type);
	if (OidIsValid(element))
		return type_is_lasting(element);
	switch (get_typtype(type))
	{
		case TYPTYPE_BASE:
		case TYPTYPE_ENUM:
			return true;
		case TYPTYPE_RANGE:
			return type_is_lasting(get_range_subtype(type));
		case TYPTYPE_MULTIRANGE:
			return type_is_lasting(get_multirange_range(type));
		default:
			return false;
	}
}

bool
padv_value_is_readable(const PadvParam *param)
{
	int16		typlen;
	bool		byval;

	if (!SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(param->type)) ||
		!type_is_lasting(param->type))
		return false;
	/* a null has no bytes; one may stand for a variable that is not used */
	if (param->isnull)
		return true;
	get_typlenbyval(param->type, &typlen, &byval);
	return typlen == param->typlen && byval == param->byval;
}
