package remind_test

import (
	"testing"

	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/remind"
)

// All that is done for one mail before it is claimed.
func BenchmarkCompose(b *testing.B) {
	l := mailingtest.Composer()
	r, d := chairs()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := remind.Compose(l, r, d, "0123456789abcdef", ledgertest.Noon); err != nil {
			b.Fatal(err)
		}
	}
}
