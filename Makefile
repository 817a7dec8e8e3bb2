# perfadvisor
#
#	make && make install	build and install for the server of PG_CONFIG
#	make installcheck	regression tests in a running server that preloads
#				perfadvisor (shared_preload_libraries)
#	make check		all tests, on a private server of their own
#	make demo		a shop, its advice, and what the advice brings
#
# See README.md for use and test/README.md for the tests.

# Goals that are scripts.  They prepare everything they need themselves, also
# PostgreSQL's build system (PGXS), so that it must not be asked for here; it
# has a "check" of its own besides, which only says that it cannot work.
SCRIPT_GOALS = check check-% demo bench-% format typedefs
OTHER_GOALS = $(filter-out $(SCRIPT_GOALS), $(MAKECMDGOALS))

ifneq ($(filter $(SCRIPT_GOALS), $(MAKECMDGOALS)),)

check:
	@bash test/check.sh

check-format:
	@perl test/format.pl --check

check-%:
	@bash test/check_$(subst -,_,$*).sh

demo:
	@bash test/demo.sh

bench-%:
	@bash bench/$*.sh

format:
	@perl test/format.pl

typedefs:
	@bash test/typedefs.sh

ifneq ($(OTHER_GOALS),)
$(OTHER_GOALS):
	+@$(MAKE) --no-print-directory $@
endif

.PHONY: check check-format demo format typedefs $(OTHER_GOALS)

else

MODULE_big = perfadvisor
OBJS = $(patsubst %.c, %.o, $(sort $(wildcard src/*.c src/*/*.c)))
PGFILEDESC = "perfadvisor - index advice from the recorded workload"

PG_CPPFLAGS = -I$(srcdir)/src
# The server's own headers have unused parameters, mixed signs and partly
# initialized structs, so that these three warnings would say nothing of ours.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers

EXTENSION = perfadvisor
SQL_PARTS = $(sort $(wildcard sql/parts/*.sql))
DATA_built = perfadvisor--1.0.sql
DATA = $(wildcard sql/perfadvisor--*--*.sql)

# nopreload_* want a server that does not preload perfadvisor; "make check"
# starts one for them.
REGRESS = $(filter-out nopreload_%, \
	$(patsubst test/sql/%.sql, %, $(sort $(wildcard test/sql/*.sql))))
# A database like that of "make check", whatever the cluster's own locale is.
REGRESS_OPTS = --inputdir=test --load-extension=perfadvisor \
	--encoding=UTF8 --no-locale

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error "$(PG_CONFIG)" leads to no PostgreSQL server headers: install them \
(Debian: postgresql-server-dev-NN), or name another pg_config in PG_CONFIG)
endif
include $(PGXS)

# PGXS does not track headers unless PostgreSQL was built so.
$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/*/*.h)

perfadvisor--1.0.sql: $(SQL_PARTS)
	cat $^ > $@

endif
