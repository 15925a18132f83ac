package questionnaire_test

import (
	"testing"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/templates"
)

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := questionnaire.Load(overlay.New(nil, templates.FS)); err != nil {
			b.Fatal(err)
		}
	}
}
