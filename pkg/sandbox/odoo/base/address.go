package base

import (
	"net/mail"
	"regexp"
	"strings"
)

// bareAddress finds an address in text that is not one of RFC 5322's lists.
var bareAddress = regexp.MustCompile(`[^\s<>,;:"()\[\]]+@[^\s<>,;:"()\[\]]+`)

// FirstAddress returns the name and the address of the first mailbox in a
// text; both are empty when there is none.
func FirstAddress(s string) (name, address string) {
	if list, err := mail.ParseAddressList(s); err == nil && len(list) > 0 {
		return list[0].Name, list[0].Address
	}
	return "", bareAddress.FindString(s)
}

// FormatAddress writes a mailbox as Odoo does: the name in quotes, unencoded.
func FormatAddress(name, address string) string {
	if name == "" {
		return address
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `" <` + address + ">"
}
