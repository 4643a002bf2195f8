import { dashboardObjects, dashboardRevision } from './dashboard/dashboard.ts'
import type { Kibana } from './kibana.ts'
import { DASHBOARD } from './names.ts'
import type { Report } from './report.ts'

/** Imports the data view, the panels and the dashboard, unless this revision of them is there. */
export async function ensureDashboard(kibana: Kibana, report: Report): Promise<void> {
  const what = `dashboard ${DASHBOARD}`
  const stored = await kibana.find('dashboard', DASHBOARD)
  const description = stored?.attributes['description']
  if (typeof description === 'string' && description.includes(dashboardRevision)) {
    report.note(what, 'already so')
    return
  }
  await kibana.importAll(dashboardObjects)
  report.note(what, stored === undefined ? 'made' : 'changed')
}
