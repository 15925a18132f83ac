#!/bin/bash
# Makes the database that each test gets a copy of, once. What the tests have to know of it is kept beside its files.
set -euo pipefail
variables=/var/lib/odoo/crm-tool-tests.env
[[ ! -e $variables ]] || exit 0
# Odoo 19 and later make no demo data unless they are told to.
demo=()
[[ $(odoo server --help) == *--with-demo* ]] || demo=(--without-demo=all)
# The first language becomes everybody's.
/entrypoint.sh odoo --database="$TEMPLATE" --init=crm,survey "${demo[@]}" --load-language=en_US,fr_FR \
	--stop-after-init --no-http </dev/null
/entrypoint.sh odoo shell --database="$TEMPLATE" --no-http </opt/crm-tool/odoo-template.py >/tmp/template.out
grep -xE 'CRM_TOOL_TEST_ODOO_[A-Z_]+=[^ ]+' /tmp/template.out >"$variables.new"
grep -q '^CRM_TOOL_TEST_ODOO_BOT_API_KEY=' "$variables.new"
mv "$variables.new" "$variables"
