//go:build !odoo

package browser_test

func targets() []target { return []target{standIn()} }
