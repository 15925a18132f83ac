//go:build !upgrade && !odoo

package scenario_test

// withOlder says that an older version takes turns with this one.
const withOlder = false
