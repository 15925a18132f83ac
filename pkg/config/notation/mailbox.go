package notation

import (
	"errors"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// ParseMailbox reads one e-mail address, with or without a name. The text may be
// empty.
func ParseMailbox(text string) (address.Address, error) {
	if text == "" {
		return address.Address{}, nil
	}
	all, err := address.Parse(text)
	if invalid, ok := errors.AsType[*address.InvalidError](err); ok {
		return address.Address{}, errors.New("is not an e-mail address: " + invalid.Reason)
	}
	if err != nil {
		return address.Address{}, errors.New("is not an e-mail address")
	}
	if len(all) != 1 {
		return address.Address{}, errors.New("must be one address")
	}
	return all[0], nil
}

// CheckBareMailbox refuses an address with a name.
func CheckBareMailbox(a address.Address) error {
	if a.Name != "" {
		return fmt.Errorf("must be an address without a name: %s", a.Mailbox)
	}
	return nil
}
