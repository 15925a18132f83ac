// Command crm-tool follows up the opportunities of an Odoo CRM.
package main

import (
	"os"

	"github.com/crm-tool/crm-tool/pkg/cli"
)

func main() {
	cli.KeepMemorySmall()
	os.Exit(cli.Main(cli.System()))
}
