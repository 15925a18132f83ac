package archive_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crm-tool/crm-tool/pkg/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	day = 24 * time.Hour
	// beyond is longer than any claim lives.
	beyond = ledger.ClaimTTL + time.Minute
)
