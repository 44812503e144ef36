import { Dropdown, Field, Option, Text, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { useScope } from '../../app/scope/ScopeContext'
import { Card } from '../../components/Card'
import { CodeSample } from '../../components/CodeSample'
import { EmptyState } from '../../components/EmptyState'
import { addressOf } from './address'
import { suggestedName } from './deploy/dryRun'
import { type CatalogModel, isModel } from './model'
import { callSamples, deploySamples } from './samples'
import { useEndpointsOf } from './useHere'
import { useProjectPath } from './useProjectPath'

/** The model in code, with the addresses of this installation. */
export function Samples({ model }: { model: CatalogModel }) {
  const path = useProjectPath()
  const { workspace } = useScope()
  const endpoints = useEndpointsOf(path)
  const [chosen, setChosen] = useState<string>()
  if (!path) {
    return (
      <EmptyState
        title="No project is chosen"
        text="Code needs a project, in which the model is deployed and has an address. Choose one above."
      />
    )
  }
  const known = endpoints.data ?? []
  const mine = known.filter(one => isModel(model, one.properties.modelSettings?.modelId))
  const name = mine.find(one => one.name === chosen)?.name ?? mine[0]?.name ?? suggestedName(model, [])
  const region = mine.find(one => one.name === name)?.location ?? workspace?.location ?? 'eastus2'
  const uri = addressOf(name, region, known, workspace?.properties.discoveryUrl)
  const place = { ...path, endpoint: name, region, uri: uri ?? 'TARGET_URI' }
  const calls = callSamples(model, place)
  return (
    <div style={{ display: 'flex', flexDirection: 'column', rowGap: 16 }}>
      <Card title="Call it">
        {mine.length > 1 && (
          <Field label="Endpoint" style={{ maxWidth: 320 }}>
            <Dropdown value={name} selectedOptions={[name]} onOptionSelect={(_, data) => setChosen(data.optionValue)}>
              {mine.map(one => (
                <Option key={one.name} value={one.name}>
                  {one.name}
                </Option>
              ))}
            </Dropdown>
          </Field>
        )}
        <Text block style={{ color: tokens.colorNeutralForeground2 }}>
          {mine.length > 0
            ? `With the address of ${name}. Its keys are on its page; ENDPOINT_KEY stands for one of them.`
            : `The model is not deployed in ${path.workspace} yet. This is the address that an endpoint named ${name} would have.`}
        </Text>
        {calls.length > 0 ? (
          <CodeSample samples={calls} label="Clients that call it" />
        ) : (
          <Text>No route of this server takes documents yet, so there is nothing to call.</Text>
        )}
      </Card>
      <Card title="Deploy it">
        <CodeSample samples={deploySamples(model, place)} label="Clients that deploy it" />
      </Card>
    </div>
  )
}
