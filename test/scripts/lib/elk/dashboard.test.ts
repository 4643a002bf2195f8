import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import {
  dashboardObjects,
  dashboardRevision,
} from '../../../../scripts/lib/elk/dashboard/dashboard.ts'
import { SQUARED_ERROR, squaredError } from '../../../../scripts/lib/elk/dashboard/panels.ts'
import { common, rows, scores } from '../../../../scripts/lib/elk/mappings.ts'
import { evaluate, parseFormula } from '../../../support/elastic/formula.ts'
import type { Formula } from '../../../support/elastic/formula.ts'
import { formulaOf, lensOf } from '../../../support/elastic/lens.ts'
import { seedExpression } from '../../../support/elastic/seed-expression.ts'

const panels = dashboardObjects.filter(({ type }) => type === 'lens').map(lensOf)
const fields = { ...common, ...rows, ...scores }

function fieldsOf(formula: Formula): string[] {
  if (formula.kind === 'number') return []
  return formula.kind === 'field' ? [formula.name] : formula.args.flatMap(fieldsOf)
}

describe("the panel of the seed's expression", () => {
  const formula = parseFormula(formulaOf(lensOf(squaredError), 'error'))

  it('says in Lens what the seed said in Timelion', () => {
    expect(SQUARED_ERROR).toBe(
      'moving_average(pow(average(target) - average(prediction), 2), window=30)',
    )
    // Two rows a second; now and then no prediction has come.
    const buckets = Array.from({ length: 90 }, (_, second) => {
      const target = [Math.sin(second) * 10, Math.cos(second * 2)]
      return { target, prediction: second % 17 === 3 ? [] : [Math.tan(second), 3] }
    })
    const shown = evaluate(formula, buckets)
    const expected = seedExpression(buckets)
    expect(shown.map((value) => value?.toFixed(9))).toEqual(
      expected.map((value) => value?.toFixed(9)),
    )
    expect(shown.filter((value) => value !== null)).toHaveLength(89)
  })

  it('counts thirty seconds: a second in each bucket, thirty buckets', () => {
    const { columns } = lensOf(squaredError)
    expect(columns['time']?.params).toMatchObject({ interval: '1s', dropPartials: true })
    expect(formula).toMatchObject({ name: 'moving_average', named: { window: 30 } })
  })

  it.each([
    ['another power', 'moving_average(pow(average(target) - average(prediction), 1), window=30)'],
    ['another window', 'moving_average(pow(average(target) - average(prediction), 2), window=29)'],
    ['another sum', 'moving_average(pow(average(target) + average(prediction), 2), window=30)'],
  ])('is told from %s', (_, other) => {
    const buckets = Array.from({ length: 40 }, (_item, second) => {
      return { target: [second], prediction: [second * 3] }
    })
    expect(evaluate(parseFormula(other), buckets)).not.toEqual(seedExpression(buckets))
  })
})

describe('every panel', () => {
  it.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s asks for fields that are mapped',
    (_, { columns, query }) => {
      const asked = Object.values(columns).flatMap(({ sourceField, params }) => [
        ...(sourceField === undefined ? [] : [sourceField]),
        ...(params.formula === undefined ? [] : fieldsOf(parseFormula(params.formula))),
        ...[...query.matchAll(/(\w+):/g)].flatMap(([, name]) => name ?? []),
      ])
      expect(asked.filter((name) => !(name in fields))).toEqual([])
    },
  )

  it.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s draws columns that it has, in its one layer',
    (_, { layerId, columns, columnOrder, visualization }) => {
      expect(columnOrder).toEqual(Object.keys(columns))
      const drawn = JSON.stringify(visualization)
      expect(drawn).toContain(`"layerId":"${layerId}"`)
      expect(columnOrder.filter((id) => !drawn.includes(`"${id}"`))).toEqual([])
    },
  )
})

describe('the file of saved objects', () => {
  const dashboard = z
    .object({ description: z.string(), panelsJSON: z.string() })
    .parse(dashboardObjects.at(-1)?.attributes)

  it('holds what each object refers to, before it', () => {
    const seen = new Set<string>()
    for (const { type, id, references } of dashboardObjects) {
      expect(
        references.filter((reference) => !seen.has(`${reference.type} ${reference.id}`)),
      ).toEqual([])
      seen.add(`${type} ${id}`)
    }
  })

  it('names a reference for each panel of the dashboard and each layer', () => {
    const shown = z
      .array(z.looseObject({ panelIndex: z.string(), panelRefName: z.string() }))
      .parse(JSON.parse(dashboard.panelsJSON))
    const names = dashboardObjects.at(-1)?.references.map(({ name }) => name)
    expect(shown.map(({ panelIndex, panelRefName }) => `${panelIndex}:${panelRefName}`)).toEqual(
      names,
    )
    for (const object of dashboardObjects.filter(({ type }) => type === 'lens')) {
      expect(object.references.map(({ name }) => name)).toEqual([
        `indexpattern-datasource-layer-${lensOf(object).layerId}`,
      ])
    }
  })

  it('is of formats that Kibana 9.4 migrates: none is newer', () => {
    const versions = dashboardObjects.map(({ coreMigrationVersion, typeMigrationVersion }) => {
      return [coreMigrationVersion, typeMigrationVersion]
    })
    expect(versions).toEqual([
      ['8.8.0', '8.0.0'],
      ...Array.from({ length: panels.length + 1 }, () => ['8.8.0', '8.9.0']),
    ])
  })

  it('says its revision where Kibana shows it', () => {
    expect(dashboard.description).toContain(`revision ${dashboardRevision}`)
  })
})
