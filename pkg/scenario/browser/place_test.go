//go:build !odoo

package browser_test

func places() []place { return []place{standIn()} }
