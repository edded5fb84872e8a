import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Fault } from './fault.js';

interface Props {
  readonly label: string;
  readonly question: string;
  readonly consequence: string;
  readonly danger?: boolean;
  /** A reason is asked for and kept with the document. */
  readonly withReason?: boolean;
  readonly run: (reason: string) => Promise<unknown>;
}

/** A button whose effect is told and confirmed before it happens. */
export function ConfirmAction({ label, question, consequence, danger = false, withReason = false, run }: Props) {
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState('');
  const [state, setState] = useState<{ busy: boolean; error: Error | null }>({ busy: false, error: null });
  const ready = !withReason || reason.trim().length >= 3;
  const close = () => {
    setOpened(false);
    setReason('');
    setState({ busy: false, error: null });
  };
  const confirm = async () => {
    setState({ busy: true, error: null });
    try {
      await run(reason.trim());
      close();
    } catch (error) {
      setState({ busy: false, error: error as Error });
    }
  };
  return (
    <>
      <Button
        size="xs"
        variant={danger ? 'outline' : 'filled'}
        color={danger ? 'red.9' : 'pfi'}
        onClick={() => setOpened(true)}
      >
        {label}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={question}
        lockScroll={false}
        centered
        closeButtonProps={{ 'aria-label': 'Fermer' }}
      >
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (ready && !state.busy) void confirm();
          }}
        >
          <p>{consequence}</p>
          {withReason && (
            <Textarea
              label="Motif"
              description="Trois caractères au moins, sans donnée du patient : il est gardé dans la chronologie."
              required
              autosize={false}
              rows={3}
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          )}
          {state.error && <Fault error={state.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Ne rien faire
            </Button>
            <Button type="submit" color={danger ? 'red.9' : 'pfi'} loading={state.busy} disabled={!ready}>
              {label}
            </Button>
          </Group>
        </form>
      </Modal>
    </>
  );
}
