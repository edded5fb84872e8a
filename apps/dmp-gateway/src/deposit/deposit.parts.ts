import type { Ght } from '@pfi/platform-settings';
import type { DmpConnections } from '../gateways/dmp-connection.js';
import { RegistryStoredQuery } from '../gateways/iti-18-registry-stored-query/registry-stored-query.gateway.js';
import { ProvideAndRegister } from '../gateways/iti-41-provide-and-register/provide-and-register.gateway.js';
import { UpdateDocumentSet } from '../gateways/td3-3-update-document-set/update-document-set.gateway.js';
import type { DepositLedger } from './deposit-ledger.js';
import type { DepositParts } from './deposit.js';
import { Patience } from './patience.js';
import { Withdrawal } from './withdrawal.js';

/** Everything that a deposit needs, around what a process has one of. */
export function depositParts(
  ght: Ght,
  connections: DmpConnections,
  ledger: DepositLedger,
  shared: Pick<DepositParts, 'documents' | 'slots' | 'breaker'>,
): DepositParts {
  const registry = new RegistryStoredQuery(ght, connections);
  const patience = new Patience(ght, ledger);
  const updateDocumentSet = new UpdateDocumentSet(ght, connections);
  return {
    ...{ ...shared, ght, ledger, registry, patience },
    provideAndRegister: new ProvideAndRegister(ght, connections),
    withdrawal: new Withdrawal({ ght, ledger, registry, updateDocumentSet, patience }),
  };
}
